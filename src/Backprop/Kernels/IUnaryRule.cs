using System.Numerics;

namespace Backprop.Kernels;

/// <summary>What the slope of an element-wise function is computed from, and so what has to be kept for backward.</summary>
internal enum Saves
{
    /// <summary>The slope is the same everywhere.</summary>
    Nothing,

    /// <summary>The slope is a function of x.</summary>
    Input,

    /// <summary>The slope is a function of y, which the next operation often keeps anyway.</summary>
    Output,
}

/// <summary>
/// An element-wise function: a value and a slope, written for a vector of elements. A rule is a struct, so that its loops are compiled for it alone; its
/// fields are the function's attributes.
/// </summary>
internal interface IUnaryRule
{
    /// <summary>The function for people to read: <c>y = max(x, 0)</c>.</summary>
    string Formula { get; }

    /// <summary>Its slope, likewise, in what is right of <c>∂y/∂x = </c>.</summary>
    string Derivative { get; }

    /// <summary>What <see cref="Slope"/> is given.</summary>
    Saves Saves { get; }

    /// <summary>y = f(x).</summary>
    Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T>;

    /// <summary>dy/dx, from what is saved.</summary>
    Vector<T> Slope<T>(Vector<T> saved) where T : unmanaged, IFloatingPointIeee754<T>;
}
