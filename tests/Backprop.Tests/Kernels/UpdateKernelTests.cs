using System.Numerics;
using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

[Collection("Threads")]
public sealed class UpdateKernelTests : IDisposable
{
    private readonly int _before = Threads.Count;

    public void Dispose() => Threads.Count = _before;

    /// <summary>Every kind of state: two remembered in full, and a rule that says what became of each.</summary>
    private readonly struct Mixing<T> : IUpdateRule<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public Vector<T> Update(Vector<T> parameter, Vector<T> gradient, ref Vector<T> first, ref Vector<T> second, ref Vector<T> third)
        {
            first += gradient;
            second += first * gradient;
            third += second - parameter;
            return parameter - third * T.CreateChecked(0.1) / (Vector.SquareRoot(second) + Vector<T>.One);
        }
    }

    [Fact]
    public void Run_AnyLength_GivesAnElementTheSameBitsAsAlone()
    {
        for (int length = 0; length <= 4 * Vector<float>.Count + 1; length++)
        {
            Check<float>(length);
            Check<double>(length);
        }
        Check<float>(40_001); // pieces
    }

    private static void Check<T>(int length) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] gradient = Values<T>(length, seed: 1), parameter = Values<T>(length, seed: 2), alone = [.. parameter];
        T[] first = new T[length], second = new T[length], third = new T[length];
        UpdateKernel.Run(new Mixing<T>(), parameter, gradient, first, second, third);
        T[] a = new T[1], b = new T[1], c = new T[1];
        for (int i = 0; i < length; i++)
        {
            (a[0], b[0], c[0]) = (T.Zero, T.Zero, T.Zero);
            UpdateKernel.Run(new Mixing<T>(), alone.AsSpan(i, 1), gradient.AsSpan(i, 1), a, b, c);
            Assert.Equal((alone[i], a[0], b[0], c[0]), (parameter[i], first[i], second[i], third[i]));
        }
    }

    [Fact]
    public void Run_StateWithoutMemory_StartsAtZeroAndIsForgotten()
    {
        float[] parameter = [1, 2, 3], kept = new float[3], same = [1, 2, 3], zeros = new float[3], zeros2 = new float[3];
        float[] gradient = [0.5f, 1, 2];
        UpdateKernel.Run(new Mixing<float>(), parameter, gradient, [], kept, []);
        UpdateKernel.Run(new Mixing<float>(), same, gradient, zeros, new float[3], zeros2);
        Assert.Equal(same, parameter);
        Assert.Equal([0.25f, 1, 4], kept);
    }

    public static TheoryData<string> Names => ["Sgd", "Adagrad", "RmsProp", "Adadelta", "Adam", "AdamW", "NAdam", "RAdam"];

    [Theory, MemberData(nameof(Names))]
    public void Step_OneThreadOrThree_SameBits(string name)
    {
        float[] one = Train(threads: 1), three = Train(threads: 3);
        Assert.Equal(one, three);
        Assert.DoesNotContain(float.NaN, one);

        float[] Train(int threads)
        {
            Threads.Count = threads;
            var parameter = new Parameter(Tensor.From(Values<float>(100_003, seed: 3)), "weight");
            Optimizer optimizer = Create(name, [parameter]);
            for (int step = 0; step < 8; step++)
            {
                var gradients = new Gradients();
                gradients.Set(parameter, Tensor.From(Values<float>(100_003, seed: 10 + step)));
                _ = GradientClipping.ByNorm(gradients, maxNorm: 1);
                optimizer.Step(gradients);
            }
            return parameter.ToArray<float>();
        }
    }

    private static Optimizer Create(string name, Parameter[] parameters) => name switch
    {
        "Sgd" => new Sgd(parameters, 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true),
        "Adagrad" => new Adagrad(parameters, 0.1, weightDecay: 0.01),
        "RmsProp" => new RmsProp(parameters, 0.1, momentum: 0.5, centered: true),
        "Adadelta" => new Adadelta(parameters),
        "Adam" => new Adam(parameters, 0.1, amsGrad: true),
        "AdamW" => new AdamW(parameters, 0.1),
        "NAdam" => new NAdam(parameters, 0.1),
        _ => new RAdam(parameters, 0.1, beta2: 0.9),
    };

    private static T[] Values<T>(int length, long seed) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var random = new RandomSource(seed);
        return [.. Enumerable.Range(0, length).Select(_ => T.CreateChecked(random.NextNormal()))];
    }
}
