namespace Staircase;

/// <summary>A number at evenly spaced positions: what smoothing and derivatives need.</summary>
/// <param name="Start">The first position.</param>
/// <param name="Spacing">The distance of neighbours, positive.</param>
/// <param name="Values">One number a position.</param>
public sealed record EvenSeries(double Start, double Spacing, double[] Values)
{
    /// <summary>How many values there are.</summary>
    public int Count => Values.Length;

    /// <summary>Start + index · spacing; between two values for a fraction.</summary>
    public double PositionAt(double index) => Start + index * Spacing;

    /// <summary>The same positions with other values.</summary>
    public EvenSeries With(double[] values) => this with { Values = values };

    /// <summary>Reads a curve at evenly spaced positions from its first to its last one, by straight lines between its points.</summary>
    /// <remarks>Where the curve's own points lie closer than the new spacing, detail and noise are skipped, not averaged.</remarks>
    /// <param name="positions">Ascending times or steps.</param>
    /// <param name="values">The value at each.</param>
    /// <param name="count">How many to read, at least 2.</param>
    /// <exception cref="ArgumentException">There are fewer than two points, positions do not ascend, or a value is not finite.</exception>
    public static EvenSeries Read(IReadOnlyList<double> positions, IReadOnlyList<double> values, int count)
    {
        if (positions.Count < 2 || positions.Count != values.Count || count < 2)
        {
            throw new ArgumentException(
                $"A series needs at least two points and one value a position; found {positions.Count} positions, {values.Count} values, "
                + $"{count} asked for.");
        }

        for (int i = 0; i < positions.Count; i++)
        {
            if (i > 0 && !(positions[i] > positions[i - 1]))
                throw new ArgumentException($"Positions must ascend; number {i} is {positions[i]:R} after {positions[i - 1]:R}.");
            if (!double.IsFinite(values[i]))
                throw new ArgumentException($"The value at {positions[i]:R} is {values[i]}; expected a finite number.");
        }

        double start = positions[0], spacing = (positions[^1] - start) / (count - 1);
        var even = new double[count];
        for (int i = 0, after = 1; i < count; i++)
        {
            double x = i == count - 1 ? positions[^1] : start + i * spacing;
            while (positions[after] < x)
                after++;
            double θ = (x - positions[after - 1]) / (positions[after] - positions[after - 1]);
            even[i] = (1 - θ) * values[after - 1] + θ * values[after];
        }

        return new(start, spacing, even);
    }

    /// <summary>The first derivative by central differences; at the two ends the difference with the one neighbour.</summary>
    /// <exception cref="ArgumentException">There are fewer than two values.</exception>
    public EvenSeries Slope()
    {
        int n = Require(2);
        return With([.. Range(0, n).Select(i =>
        {
            int before = Max(i - 1, 0), after = Min(i + 1, n - 1);
            return (Values[after] - Values[before]) / ((after - before) * Spacing);
        })]);
    }

    /// <summary>The second derivative by the central second difference; the two ends take their neighbour's.</summary>
    /// <exception cref="ArgumentException">There are fewer than three values.</exception>
    public EvenSeries Curvature()
    {
        int n = Require(3);
        return With([.. Range(0, n).Select(i =>
        {
            int k = Clamp(i, 1, n - 2);
            return (Values[k + 1] - 2 * Values[k] + Values[k - 1]) / (Spacing * Spacing);
        })]);
    }

    /// <summary>
    /// The indices at which the values turn: higher than before and no lower than after, or the reverse. Ends do not count.
    /// </summary>
    public int[] Extrema() =>
        [.. Range(1, Max(0, Count - 2)).Where(i => (Values[i] - Values[i - 1]) switch
        {
            > 0 => Values[i + 1] <= Values[i],
            < 0 => Values[i + 1] >= Values[i],
            _ => false,
        })];

    private int Require(int count) =>
        Count >= count ? Count : throw new ArgumentException($"This needs {count} values or more; the series has {Count}.");
}
