using System.Numerics;

namespace Backprop;

/// <summary>Bell-shaped random numbers that are the same on every machine: sums instead of logarithms and cosines, which differ in their last bit.</summary>
internal static class RandomSpread
{
    extension(RandomSource random)
    {
        /// <summary>
        /// Four uniform numbers added, less their mean: deviation <paramref name="deviation"/>, never more than 2√3 deviations away, and close to a normal distribution.
        /// </summary>
        public float NextAround(float mean, float deviation)
        {
            const float DeviationOfSum = 0.57735027f; // √(4 · 1/12)
            // one draw gives the four: 16 bits each
            ulong bits = random.NextUInt64();
            int sum = (int)(bits & 0xFFFF) + (int)((bits >> 16) & 0xFFFF) + (int)((bits >> 32) & 0xFFFF) + (int)(bits >> 48);
            return mean + (sum - 2 * 65535) * (deviation / (65536 * DeviationOfSum));
        }

        /// <summary>Both coordinates around those of <paramref name="mean"/>.</summary>
        public Vector2 NextAround(Vector2 mean, float deviation) => new(random.NextAround(mean.X, deviation), random.NextAround(mean.Y, deviation));
    }
}
