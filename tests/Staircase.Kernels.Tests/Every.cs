namespace Staircase.Kernels.Tests;

/// <summary>
/// The lengths that a kernel is tested at: all around the widths of vectors, and long ones. One test runs over them all, and a message
/// names the length.
/// </summary>
internal static class Every
{
    /// <summary>0 to 257, 1000 and 4099.</summary>
    public static IEnumerable<int> Length => [.. Enumerable.Range(0, 258), 1000, 4099];

    /// <summary>1 to 257: the columns of a matrix.</summary>
    public static IEnumerable<int> Width => Enumerable.Range(1, 257);
}
