namespace Backprop.Tests;

public class DatasetTests
{
    private static readonly TensorDataset s_ten = new(Tensor.Range(20).Reshape([10, 2]), Tensor.Range(10, DType.Int64), ["even", "odd"]);

    [Fact]
    public void TensorDataset_Read_CopiesRowsInTheOrderAsked()
    {
        Batch batch = s_ten.Read(3, 0, 3);
        Assert.Equal([6f, 7, 0, 1, 6, 7], batch.Inputs.ToArray<float>());
        Assert.Equal([3L, 0, 3], batch.Targets.ToArray<long>());
        Assert.Equal([3, 2], batch.Inputs.Shape.ToArray());
        Assert.Equal(3, batch.Count);
    }

    [Fact]
    public void TensorDataset_Properties_DescribeOneExample()
    {
        Assert.Equal(10, s_ten.Count);
        Assert.Equal([2], s_ten.InputShape.ToArray());
        Assert.Equal(0, s_ten.TargetShape.Rank);
        Assert.Equal((DType.Float32, DType.Int64), (s_ten.InputDType, s_ten.TargetDType));
        Assert.Equal(2, s_ten.ClassCount);
        Assert.Equal(10, s_ten.ReadAll().Count);
    }

    [Fact]
    public void TensorDataset_UnequalCounts_AreRefused()
    {
        ShapeException error = Assert.Throws<ShapeException>(() => new TensorDataset(Tensor.Zeros([3, 2]), Tensor.Zeros([4])));
        Assert.Contains("[3, 2]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[4]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TensorDataset_MadeInsideAStep_OutlivesIt()
    {
        TensorDataset made;
        using (new StepMemory().Begin()) made = new TensorDataset(Tensor.Ones([100, 2]), Tensor.Ones([100]));
        Assert.Equal(1, made.Read(99).Inputs.At(0, 1));
    }

    [Fact]
    public void Read_NoSuchExample_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => s_ten.Read(10));
        Assert.Throws<ArgumentOutOfRangeException>(() => s_ten.Subset(0, -1));
    }

    [Fact]
    public void Fill_TensorsOfAnotherShape_AreRefused()
    {
        ShapeException error = Assert.Throws<ShapeException>(() => s_ten.Fill([1], Tensor.Zeros([1, 3]), Tensor.Zeros([1], DType.Int64)));
        Assert.Contains("inputs must be Float32 [1, 2], not Float32 [1, 3]", error.Message, StringComparison.Ordinal);
        Assert.Throws<ShapeException>(() => s_ten.Fill([1], Tensor.Zeros([1, 2]), Tensor.Zeros([1], DType.Int32)));
    }

    [Fact]
    public void Subset_OfASubset_GoesBackToTheSource()
    {
        Dataset nested = s_ten.Subset(9, 8, 7, 6).Subset(3, 1);
        Assert.Equal([6L, 8], nested.ReadAll().Targets.ToArray<long>());
        Assert.Equal(s_ten.ClassNames, nested.ClassNames);
        Assert.Equal(s_ten.InputShape, nested.InputShape);
    }

    [Fact]
    public void Take_MoreThanThereAre_IsTheSetItself()
    {
        Assert.Same(s_ten, s_ten.Take(10));
        Assert.Equal([0L, 1, 2], s_ten.Take(3).ReadAll().Targets.ToArray<long>());
        Assert.Equal(0, s_ten.Take(0).Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => s_ten.Take(-1));
    }

    [Fact]
    public void Split_SharesOutAllExamples_RepeatablyBySeed()
    {
        (Dataset first, Dataset second) = s_ten.Split(0.7, new RandomSource(4));
        Assert.Equal((7, 3), (first.Count, second.Count));
        long[] chosen = first.ReadAll().Targets.ToArray<long>();
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), chosen.Concat(second.ReadAll().Targets.ToArray<long>()).Order());
        Assert.Equal(chosen, s_ten.Split(0.7, new RandomSource(4)).First.ReadAll().Targets.ToArray<long>());
        Assert.NotEqual(chosen, s_ten.Split(0.7, new RandomSource(5)).First.ReadAll().Targets.ToArray<long>());
        Assert.Throws<ArgumentOutOfRangeException>(() => s_ten.Split(double.NaN, new RandomSource(4)));
    }

    [Fact]
    public void Batch_UnequalCounts_AreRefused() => Assert.Throws<ShapeException>(() => new Batch(Tensor.Zeros([2]), Tensor.Zeros([3])));

    [Fact]
    public void Batch_Deconstructed_IsInputsAndTargets()
    {
        (Tensor inputs, Tensor targets) = s_ten.Read(1);
        Assert.Equal((2, 1), (inputs.Rank, targets.Rank));
    }
}
