namespace Staircase.Tests;

/// <summary>Loss curves whose plateaus and drops are known.</summary>
internal static class Curves
{
    /// <summary>A staircase of logistic drops.</summary>
    /// <param name="drops">When each drop is half done.</param>
    /// <param name="heights">One more height than drops.</param>
    /// <param name="widths">The widths of the drops.</param>
    /// <param name="at">The time.</param>
    public static double Staircase(double[] drops, double[] heights, double[] widths, double at)
    {
        double loss = heights[0];
        for (int i = 0; i < drops.Length; i++)
            loss -= (heights[i] - heights[i + 1]) / (1 + Math.Exp(-(at - drops[i]) / widths[i]));
        return loss;
    }

    /// <summary>Evenly spaced positions from 0.</summary>
    public static double[] Even(double end, int count) => [.. Enumerable.Range(0, count).Select(i => end * i / (count - 1))];

    /// <summary>Even spacing, and 60 more positions within ten widths of every drop, as an adaptive integrator takes them.</summary>
    public static double[] Adaptive(double end, double[] drops, double[] widths)
    {
        IEnumerable<double> near = drops.SelectMany((t, i) => Enumerable.Range(-30, 61).Select(k => t + k * widths[i] / 3));
        return [.. Even(end, 400).Concat(near).Where(t => t >= 0 && t <= end).Distinct().Order()];
    }

    public static double[] Noisy(double[] losses, double size, ulong seed)
    {
        var random = new RandomStream(seed, RandomPurpose.Probe, 77);
        return Array.ConvertAll(losses, loss => loss + size * random.NextNormal());
    }
}
