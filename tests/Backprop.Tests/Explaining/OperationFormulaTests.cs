using Backprop.Cli.Proof;

namespace Backprop.Tests;

public class OperationFormulaTests
{
    public static TheoryData<string> Cases => [.. OperationCases.All.Select(claim => claim.Name)];

    [Theory, MemberData(nameof(Cases))]
    public void EveryOperation_TellsItsFormula_WithOneDerivativeForEachInput(string name)
    {
        OperationCase claim = OperationCases.All.Single(claim => claim.Name == name);
        foreach (Tensor[] inputs in claim.Shapes.Select(shapes => shapes.Select(shape => Tensor.Ones(shape, DType.Float64)).ToArray()).Concat(claim.Stated.Select(stated => stated.Inputs)))
        {
            Tensor y = claim.Function([.. inputs.Select(input => input.DType.IsFloatingPoint ? input.Detach().RequireGradient() : input)]);
            var waiting = new Stack<Tensor>([y]);
            while (waiting.TryPop(out Tensor? tensor))
            {
                if (tensor.Origin is not { } operation) continue;
                foreach (Tensor input in operation.Inputs) waiting.Push(input);
                Assert.True(operation.Formula is not null, $"{operation.Name} tells no formula");
                Assert.Equal(operation.Inputs.Count, operation.Formula.Derivatives.Count);
                Assert.Equal(operation.Inputs.Count, Enumerable.Range(0, operation.Inputs.Count).Select(operation.Formula.Input).Distinct().Count());
            }
        }
    }

    [Fact]
    public void Formula_TellsResultInputsAndWhichDerivativesAreSlopes()
    {
        var formula = new OperationFormula("y = x · W", "∂y/∂x = W", "∂L/∂W = ∂L/∂y · x");
        Assert.Equal(("y", "x", "W"), (formula.Result, formula.Input(0), formula.Input(1)));
        Assert.Equal((true, false), (formula.IsSlope(0), formula.IsSlope(1)));
        Assert.Equal("y = x · W, ∂y/∂x = W, ∂L/∂W = ∂L/∂y · x", formula.ToString());
    }

    [Theory]
    [InlineData("x · W", "∂y/∂x = W")]
    [InlineData("y = x · W", "∂z/∂x = W")]
    [InlineData("y = x · W", "W")]
    [InlineData("y = x · W", "∂y/∂x")]
    public void Formula_OfAnotherForm_IsRefused(string value, string derivative)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => new OperationFormula(value, derivative));
        Assert.Contains("write \"", error.Message);
    }

    [Fact]
    public void Numbers_InFormulas_AreThoseOfTheOperation()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGradient();
        Assert.Equal("y = x², ∂y/∂x = 2 · x", x.Pow(2).Origin!.Formula!.ToString());
        Assert.Equal("y = x − 0.25, ∂y/∂x = 1", (x - 0.25).Origin!.Formula!.ToString());
        Assert.Equal("y = −3 · x, ∂y/∂x = −3", (x * -3).Origin!.Formula!.ToString());
        Assert.Equal("loss = Σ (x − t)² / 2, ∂loss/∂x = 2 · (x − t) / 2, ∂loss/∂t = 2 · (t − x) / 2", Losses.Mse(x, Tensor.From(0.0, 0.0)).Origin!.Formula!.ToString());
        Tensor row = Tensor.From([1.0, 2.0, 3.0], [1, 3]).RequireGradient(), rows = Tensor.Ones([2, 3], DType.Float64).RequireGradient();
        Assert.Equal("loss = ln Σ exp(x) − x[label], ∂loss/∂x = softmax(x) − onehot(label)", Losses.CrossEntropy(row, Tensor.From([2], [1])).Origin!.Formula!.ToString());
        Assert.Equal("loss = Σ (ln Σ exp(x) − x[label]) / 2, ∂loss/∂x = (softmax(x) − onehot(label)) / 2", Losses.CrossEntropy(rows, Tensor.From([2, 0], [2])).Origin!.Formula!.ToString());
    }

    [Fact]
    public void PointwiseLosses_DivideTheWholeTerm()
    {
        Tensor x = Tensor.From(0.5, 0.25, 0.75, 0.5).RequireGradient(), t = Tensor.From(0.5, 0.5, 0.5, 0.5).RequireGradient();
        Told(Losses.Mse(x, t), "Σ (x − t)² / 4", "2 · (x − t) / 4", "2 · (t − x) / 4");
        Told(Losses.L1(x, t), "Σ |x − t| / 4", "sign(x − t) / 4", "sign(t − x) / 4");
        Told(Losses.SmoothL1(x, t), "Σ (d² / 2β where d = |x − t| < β, else d − β/2) / 4", "((x − t) / β where |x − t| < β, else sign(x − t)) / 4", "((t − x) / β where |x − t| < β, else sign(t − x)) / 4");
        Told(Losses.Huber(x, t), "Σ (d² / 2 where d = |x − t| ≤ δ, else δ · (d − δ/2)) / 4", "(x − t, limited to [−δ, δ]) / 4", "(t − x, limited to [−δ, δ]) / 4");
        Told(Losses.Bce(x, t), "Σ −(t · ln x + (1 − t) · ln(1 − x)) / 4", "(x − t) / (x · (1 − x)) / 4", "(ln(1 − x) − ln x) / 4");
        Told(Losses.BceWithLogits(x, t), "Σ −(t · ln σ(x) + (1 − t) · ln(1 − σ(x))) / 4", "(σ(x) − t) / 4", "−x / 4");
        Told(Losses.KlDiv(x, t), "Σ t · (ln t − x) / 4", "−t / 4", "(ln t + 1 − x) / 4");
        Told(Losses.KlDiv(x, t, logTarget: true), "Σ eᵗ · (t − x) / 4", "−eᵗ / 4", "eᵗ · (t − x + 1) / 4");

        Told(Losses.BceWithLogits(x, t, reduction: Reduction.None), "−(t · ln σ(x) + (1 − t) · ln(1 − σ(x)))", "σ(x) − t", "−x"); // nothing is divided
        Told(Losses.Huber(x, t, 1, Reduction.Sum), "Σ (d² / 2 where d = |x − t| ≤ δ, else δ · (d − δ/2))", "x − t, limited to [−δ, δ]", "t − x, limited to [−δ, δ]");

        static void Told(Tensor loss, string value, string byInput, string byTarget) =>
            Assert.Equal($"loss = {value}, ∂loss/∂x = {byInput}, ∂loss/∂t = {byTarget}", loss.Origin!.Formula!.ToString());
    }

    [Fact]
    public void Signs_Overlaps_AndThePaddingsRow_AreTold()
    {
        Tensor x = Tensor.Ones([1, 1, 4, 4]).RequireGradient();
        Assert.Equal(["3 / x²", "−3 / x²"], new[] { -3 / x, 3 / x }.Select(y => y.Origin!.Formula!.Derivatives[0]["∂y/∂x = ".Length..]));
        Assert.Equal("∂L/∂x = ∂L/∂y at the winner of each window, added up where windows overlap, else 0", x.MaxPool2d(3, stride: 1).Origin!.Formula!.Derivatives[0]);
        Tensor weight = Tensor.Ones([5, 2]).RequireGradient(), indices = Tensor.From([1, 4], [2]);
        Assert.Equal("∂L/∂W = Σ rows of ∂L/∂y at the rows they came from", weight.Embedding(indices).Origin!.Formula!.Derivatives[0]);
        Assert.Equal("∂L/∂W = Σ rows of ∂L/∂y at the rows they came from, 0 at row 4, the padding's", weight.Embedding(indices, paddingIndex: -1).Origin!.Formula!.Derivatives[0]);
    }

    [Fact]
    public void Normalizations_TellTheInputsTheyHave()
    {
        Tensor x = Tensor.Uniform([4, 2], new RandomSource(1)).RequireGradient(), gamma = Tensor.Ones([2]).RequireGradient(), beta = Tensor.Zeros([2]).RequireGradient();
        Assert.Equal("y = (x − μ) / √(v + ε) · γ + β", x.BatchNorm(null, null, gamma, beta, training: true).Origin!.Formula!.Value);
        OperationFormula bare = x.BatchNorm(null, null, training: true).Origin!.Formula!;
        Assert.Equal(("y = (x − μ) / √(v + ε)", 1), (bare.Value, bare.Derivatives.Count));
        Assert.DoesNotContain("γ", bare.Derivatives[0]);
    }
}
