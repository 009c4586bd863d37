using System.Reflection;
using Backprop.Cli.Proof;
using Backprop.Kernels;

namespace Backprop.Tests;

/// <summary>Proves every operation: slopes, known results, extremes, shapes, tensors used twice, both precisions. The list of cases is complete by construction.</summary>
public class OperationProofTests
{
    public static TheoryData<string> Cases => [.. OperationCases.All.Select(claim => claim.Name)];

    [Theory, MemberData(nameof(Cases))]
    public void Operation_DoesWhatIsClaimed(string name)
    {
        OperationProof proof = OperationProof.Of(OperationCases.All.Single(claim => claim.Name == name));
        Assert.True(proof.Failures.Count == 0, string.Join(Environment.NewLine, proof.Failures));
        Assert.True(proof.Slopes > 0 || proof.Case.Shapes.Length == 0, "no slope was checked");
    }

    [Fact]
    public void EveryOperation_HasACase()
    {
        var covered = new HashSet<Type>();
        foreach (OperationCase claim in OperationCases.All)
        {
            foreach (Tensor[] inputs in claim.Shapes.Select(shapes => shapes.Select(shape => Tensor.Ones(shape, DType.Float64)).ToArray()).Concat(claim.Stated.Select(stated => stated.Inputs))) Collect(claim, inputs);
        }
        IEnumerable<Type> operations = typeof(Operation).Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(Operation)));
        IEnumerable<Type> rules = typeof(Operation).Assembly.GetTypes().Where(type => type.IsValueType && !type.IsGenericParameter && type.GetInterfaces().Any(IsRule) && type != typeof(EqualRule)); // Equal serves the gradient of Max, and has none of its own
        Assert.Empty(operations.Concat(rules).Except(covered).Select(type => type.Name));

        void Collect(OperationCase claim, Tensor[] inputs)
        {
            Tensor y = claim.Function([.. inputs.Select(input => input.DType.IsFloatingPoint ? input.Detach().RequireGradient() : input)]);
            var waiting = new Stack<Tensor>([y]);
            while (waiting.TryPop(out Tensor? tensor))
            {
                if (tensor.Origin is not { } origin) continue;
                foreach (Tensor input in origin.Inputs) waiting.Push(input);
                Type type = origin.GetType();
                covered.Add(type.IsGenericType ? type.GetGenericTypeDefinition() : type);
                foreach (Type argument in type.GetGenericArguments()) covered.Add(argument.IsGenericType ? argument.GetGenericTypeDefinition() : argument);
            }
        }

        static bool IsRule(Type type) => type == typeof(IUnaryRule) || type == typeof(IBinaryRule) || type == typeof(IExtremumRule) || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IPointwiseLoss<>));
    }

    [Fact]
    public void EveryLoss_HasACase()
    {
        IEnumerable<string> losses = typeof(Losses).GetMethods(BindingFlags.Public | BindingFlags.Static).Select(method => method.Name).Distinct();
        Assert.All(losses, loss => Assert.Contains(OperationCases.All, claim => claim.Name == loss || claim.Name.StartsWith(loss + " ", StringComparison.Ordinal)));
    }

    [Fact]
    public void EveryFunctionOfOneNumber_StatesTheOutcomeOfEachExtreme() => Assert.All(ElementwiseCases.All.Concat(ActivationCases.All), claim =>
    {
        double[] given = claim.Stated.SelectMany(stated => stated.Inputs[0].ToArray<double>()).ToArray();
        Assert.All(Numbers.Extremes, extreme => Assert.Contains(given, x => BitConverter.DoubleToInt64Bits(x) == BitConverter.DoubleToInt64Bits(extreme)));
    });

    [Fact]
    public void Proof_AWrongOperation_FailsInEveryWay()
    {
        var claim = new OperationCase("wrong", inputs => new DoubledOperation().Apply(inputs[0]))
        {
            Shapes = [[[3]]],
            Stated = [new([Tensor.From(1.0, double.NaN)], [3, 0], [2, 2])],
        };
        OperationProof proof = OperationProof.Of(claim);
        Assert.Contains(proof.Failures, failure => failure.Contains("Doubled is wrong", StringComparison.Ordinal));
        Assert.Contains("Float64: result[0] at 1 is 2, expected 3", proof.Failures);
        Assert.Contains("Float64: gradient of input 0[0] at 1 is 1, expected 2", proof.Failures);
        Assert.Contains("Float32: result[1] at NaN is NaN, expected 0", proof.Failures);
    }

    private sealed class DoubledOperation : UnaryOperation
    {
        protected override Tensor Forward(Tensor x) => x * 2;

        protected override Tensor Backward(Tensor gradient) => gradient;
    }
}
