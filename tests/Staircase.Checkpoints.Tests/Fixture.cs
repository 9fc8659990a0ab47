namespace Staircase.Checkpoints.Tests;

/// <summary>Files that Fixtures/make_fixtures.py wrote.</summary>
internal static class Fixture
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", name);

    /// <summary>scale · i + shift for i below count, the script's most frequent formula.</summary>
    public static double[] Ramp(int count, double scale, double shift)
        => [.. Enumerable.Range(0, count).Select(i => (scale * i) + shift)];
}
