namespace Staircase.Tests.Measures;

/// <summary>Series in which nothing happens.</summary>
internal static class Noise
{
    /// <summary>x_t = φ x_{t−1} + ε_t with standard normal ε, stationary for φ &lt; 1 and from zero for a random walk.</summary>
    public static double[] Autoregressive(int count, double φ, int seed)
    {
        var random = new RandomStream((ulong)seed, RandomPurpose.Probe, 4711);
        var x = new double[count];
        random.FillNormal(x);
        x[0] *= φ < 1 ? 1 / Math.Sqrt(1 - φ * φ) : 0;
        for (int i = 1; i < count; i++)
            x[i] += φ * x[i - 1];
        return x;
    }
}
