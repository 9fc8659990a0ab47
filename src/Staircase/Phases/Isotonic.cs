namespace Staircase;

/// <summary>
/// Regression by a function that never rises, with the pool-adjacent-violators algorithm: removes the noise of a loss curve without
/// blurring its drops.
/// </summary>
internal static class Isotonic
{
    /// <summary>The vertices of the fitted curve: mean position and mean value of each pool, plus both ends.</summary>
    public static (double[] Positions, double[] Values) NonIncreasing(IReadOnlyList<double> positions, IReadOnlyList<double> values)
    {
        var sums = new List<(double Position, double Value, int Count)>();
        for (int i = 0; i < values.Count; i++)
        {
            (double Position, double Value, int Count) pool = (positions[i], values[i], 1);
            while (sums.Count > 0 && sums[^1].Value / sums[^1].Count <= pool.Value / pool.Count)
            {
                pool = (sums[^1].Position + pool.Position, sums[^1].Value + pool.Value, sums[^1].Count + pool.Count);
                sums.RemoveAt(sums.Count - 1);
            }

            sums.Add(pool);
        }

        var x = new List<double>(sums.Count + 2) { positions[0] };
        var y = new List<double>(sums.Count + 2) { sums[0].Value / sums[0].Count };
        foreach ((double position, double value, int count) in sums)
        {
            if (position / count > x[^1])
            {
                x.Add(position / count);
                y.Add(value / count);
            }
        }

        if (positions[^1] > x[^1])
        {
            x.Add(positions[^1]);
            y.Add(y[^1]);
        }

        return ([.. x], [.. y]);
    }
}
