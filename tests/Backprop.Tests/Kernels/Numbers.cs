using System.Numerics;

namespace Backprop.Tests.Kernels;

/// <summary>Lengths and values that kernels are tested with.</summary>
internal static class Numbers
{
    /// <summary>Nothing, one, primes, and the neighbours of every vector width and of its double; then those of a block of 256.</summary>
    public static IReadOnlyList<int> Lengths { get; } = [0, 1, 2, 3, 4, 5, 7, 8, 9, 11, 13, 15, 16, 17, 19, 23, 29, 31, 32, 33, 37, 63, 64, 65, 67, 127, 131, 255, 256, 257, 1031];

    /// <summary>A length that is awkward for some vector: more often short than long.</summary>
    public static int Awkward(RandomSource random, int largest)
    {
        int choices = 0;
        while (choices < Lengths.Count && Lengths[choices] <= largest) choices++;
        return Lengths[1 + random.Next(1 + random.Next(choices - 1))];
    }

    public static T[] Uniform<T>(RandomSource random, int count, double low = -1, double high = 1) where T : INumberBase<T>
    {
        var values = new T[count];
        for (int i = 0; i < count; i++) values[i] = T.CreateTruncating(random.NextUniform(low, high));
        return values;
    }

    /// <summary>Few different values, so that many are equal, and here and there one that is not a number.</summary>
    public static T[] WithTies<T>(RandomSource random, int count, bool withNaN) where T : IFloatingPointIeee754<T>
    {
        var values = new T[count];
        for (int i = 0; i < count; i++)
        {
            int choice = random.Next(withNaN ? 40 : 12);
            values[i] = choice switch { 0 => T.NegativeZero, 1 => T.Zero, 2 => T.NegativeInfinity, 39 => T.NaN, _ => T.CreateChecked(choice % 5 - 2) };
        }
        return values;
    }

    /// <summary>Adds without loss (A. Neumaier): what an addition rounds away is kept beside the sum.</summary>
    public struct Sum
    {
        private double _sum, _rest;

        public readonly double Value => _sum + _rest;

        public void Add(double x)
        {
            double sum = _sum + x;
            _rest += Math.Abs(_sum) >= Math.Abs(x) ? _sum - sum + x : x - sum + _sum;
            _sum = sum;
        }
    }

    /// <summary>The sum of numbers, as if it were rounded once.</summary>
    public static double SumOf(IEnumerable<double> numbers)
    {
        Sum sum = default;
        foreach (double x in numbers) sum.Add(x);
        return sum.Value;
    }

    /// <summary>The same numbers in double, for the references: exact.</summary>
    public static double[] Exact<T>(T[] values) where T : INumberBase<T> => Array.ConvertAll(values, double.CreateChecked);
}
