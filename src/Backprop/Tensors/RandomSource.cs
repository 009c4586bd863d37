using System.Numerics;

namespace Backprop;

/// <summary>A seeded stream of random numbers: the same seed gives the same numbers on every machine, for ever.</summary>
/// <remarks>
/// Generator: xoshiro256** (D. Blackman, S. Vigna, "Scrambled linear pseudorandom number generators", 2021), its state filled by SplitMix64.
/// Not thread-safe: give each thread its own <see cref="Fork"/>.
/// </remarks>
public sealed class RandomSource
{
    private static readonly AsyncLocal<RandomSource?> s_current = new();
    private static readonly AsyncLocal<bool> s_mustBeGiven = new();
    private ulong _s0, _s1, _s2, _s3;

    /// <summary>Starts the stream that belongs to <paramref name="seed"/>.</summary>
    public RandomSource(long seed)
    {
        ulong z = (ulong)seed;
        _s0 = SplitMix(ref z);
        _s1 = SplitMix(ref z);
        _s2 = SplitMix(ref z);
        _s3 = SplitMix(ref z);
    }

    /// <summary>
    /// The stream that layers draw from when they are given none. It belongs to the current flow of execution, so two trainings in one process do not
    /// meet, and starts with seed 0; assign a source of your own to choose the seed (PyTorch: <c>manual_seed</c>).
    /// </summary>
    /// <exception cref="InvalidOperationException">Each source must be given here, see <see cref="MustBeGiven"/>.</exception>
    public static RandomSource Current
    {
        get => s_mustBeGiven.Value ? throw new InvalidOperationException(
                "RandomSource.Current was to be drawn from, where each source must be given. It goes on from whatever drew before, so that the same test gives other numbers after another one. " +
                "Pass a source of its own, random: new RandomSource(seed), to the layer, the loader or Fit.")
            : s_current.Value ??= new RandomSource(0);
        set => s_current.Value = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>
    /// Until the result is disposed of, <see cref="Current"/> can't be used in this flow of execution: what draws must be given a source. For tests, where a seed that was forgotten
    /// makes the outcome depend on what ran before.
    /// </summary>
    public static IDisposable MustBeGiven() => new Strictness();

    /// <summary>The generator's state, four words: what a checkpoint keeps to go on with the same numbers.</summary>
    /// <exception cref="ArgumentException">Not four words, or all of them zero.</exception>
    public IReadOnlyList<ulong> State
    {
        get => [_s0, _s1, _s2, _s3];
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Count != 4 || value.All(word => word == 0))
            {
                throw new ArgumentException($"The state of a random source is four words, not all of them zero; got {value.Count}.", nameof(value));
            }
            (_s0, _s1, _s2, _s3) = (value[0], value[1], value[2], value[3]);
        }
    }

    /// <summary>Takes over another's state: from here on both give the same numbers.</summary>
    internal void CopyFrom(RandomSource other) => (_s0, _s1, _s2, _s3) = (other._s0, other._s1, other._s2, other._s3);

    /// <summary>A new source, independent of what this one gives from here on.</summary>
    public RandomSource Fork() => new((long)NextUInt64());

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9, t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>An integer in [0, <paramref name="exclusiveMaximum"/>), each equally likely.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The maximum is not positive.</exception>
    public int Next(int exclusiveMaximum)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exclusiveMaximum);
        // Lemire's method: the high half of a product is uniform once the few low halves that would favour small numbers are refused.
        uint range = (uint)exclusiveMaximum, refused = (0u - range) % range;
        ulong product;
        do
        {
            product = (NextUInt64() >> 32) * range;
        }
        while ((uint)product < refused);
        return (int)(product >> 32);
    }

    /// <summary>A number in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public double NextUniform(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>A standard normal number, mean 0 and deviation 1 (Box and Muller, 1958).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>Puts the items in a random order, each order equally likely (Fisher and Yates).</summary>
    public void Shuffle<TItem>(Span<TItem> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong SplitMix(ref ulong z)
    {
        ulong x = z += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }

    private sealed class Strictness : IDisposable
    {
        private readonly bool _before = s_mustBeGiven.Value;

        public Strictness() => s_mustBeGiven.Value = true;

        public void Dispose() => s_mustBeGiven.Value = _before;
    }
}
