namespace Staircase.Tests;

/// <summary>Gradients by central differences.</summary>
internal static class CentralDifferences
{
    /// <summary>Checks a loss's gradient at a map; a quadratic loss has no truncation error, so the steps may be large.</summary>
    public static void Check(string what, IAttentionLoss loss, double[] map)
    {
        // Rounding of the loss over the step, 1e-16 · L / h, with h of the order of the entries.
        const double step = 0.25, rounding = 1e-12;
        var gradient = new double[map.Length];
        Array.Fill(gradient, double.NaN); // whatever is not written is found
        loss.Evaluate(map, gradient);
        var expected = new double[map.Length];
        var unused = new double[map.Length];
        for (int i = 0; i < map.Length; i++)
        {
            double old = map[i];
            map[i] = old + step;
            double above = loss.Evaluate(map, unused);
            map[i] = old - step;
            double below = loss.Evaluate(map, unused);
            map[i] = old;
            expected[i] = (above - below) / (2 * step);
        }

        Expect.Relative($"{what}: gradient", expected, gradient, rounding);
    }

    public static double[] RandomMap(int length, int seed, double size = 1)
    {
        var random = new System.Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => size * (2 * random.NextDouble() - 1))];
    }
}
