namespace Backprop;

/// <summary>How a loss makes one number of the losses of its elements or positions.</summary>
public enum Reduction
{
    /// <summary>It does not: the result has one loss for each.</summary>
    None,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>Their mean, the default; class weights, if any, count in the divisor.</summary>
    Mean,

    /// <summary>Their sum divided by the length of axis 0, the batch.</summary>
    BatchMean,
}
