namespace Staircase.Lab;

/// <summary>Numbers along a line of places: values between points, points spread over an axis, quantiles.</summary>
internal static class Course
{
    /// <summary>
    /// The values at places by straight lines between points; NaN before the first one, and behind the last one what it is, for what has
    /// ended stays what it was.
    /// </summary>
    /// <param name="x">Where the points are, ascending.</param>
    /// <param name="y">As many values.</param>
    /// <param name="places">Where values are wanted.</param>
    public static double[] At(double[] x, double[] y, double[] places) => [.. places.Select(place =>
    {
        int i = Array.BinarySearch(x, place);
        if (i >= 0)
            return y[i];
        i = ~i;
        if (i == 0)
            return double.NaN;
        if (i == x.Length)
            return y[^1];
        double θ = (place - x[i - 1]) / (x[i] - x[i - 1]);
        return ((1 - θ) * y[i - 1]) + (θ * y[i]);
    })];

    /// <summary>
    /// The indices of at most so many of ascending places, as evenly as there are along an axis; the first and the last among them.
    /// </summary>
    public static int[] Spread(double[] places, int most, bool isLogarithmic)
    {
        if (places.Length <= most)
            return [.. Range(0, places.Length)];
        int first = isLogarithmic ? Max(0, Array.FindIndex(places, place => place > 0)) : 0;
        double from = Along(places[first]), step = (Along(places[^1]) - from) / (most - 2);
        var kept = new List<int> { 0 };
        double next = from;
        for (int i = first; i < places.Length - 1; i++)
        {
            if (Along(places[i]) < next)
                continue;
            if (i > 0)
                kept.Add(i);
            next = from + ((Floor((Along(places[i]) - from) / step) + 1) * step);
        }

        return [.. kept, places.Length - 1];

        double Along(double place) => isLogarithmic ? Log(place) : place;
    }

    /// <summary>
    /// A quantile of ascending numbers: always one of them, for half way between two plateaus lies none. NaN of none.
    /// </summary>
    public static double Quantile(double[] ordered, double share) =>
        ordered.Length == 0 ? double.NaN : ordered[(int)Floor((share * (ordered.Length - 1)) + 0.5)];
}
