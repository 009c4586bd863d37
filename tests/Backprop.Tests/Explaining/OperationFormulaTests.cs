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
    public void Normalizations_TellTheInputsTheyHave()
    {
        Tensor x = Tensor.Uniform([4, 2], new RandomSource(1)).RequireGradient(), gamma = Tensor.Ones([2]).RequireGradient(), beta = Tensor.Zeros([2]).RequireGradient();
        Assert.Equal("y = (x − μ) / √(v + ε) · γ + β", x.BatchNorm(null, null, gamma, beta, training: true).Origin!.Formula!.Value);
        OperationFormula bare = x.BatchNorm(null, null, training: true).Origin!.Formula!;
        Assert.Equal(("y = (x − μ) / √(v + ε)", 1), (bare.Value, bare.Derivatives.Count));
        Assert.DoesNotContain("γ", bare.Derivatives[0]);
    }
}
