namespace Staircase.Lab;

/// <summary>A number over the seeds of an ensemble.</summary>
/// <param name="Count">How many seeds have it.</param>
/// <param name="Mean">The mean of those.</param>
/// <param name="Median">The median: one of them.</param>
/// <param name="Low">Where a tenth of them lies below; of fewer than ten seeds the least.</param>
/// <param name="High">Where a tenth lies above; of fewer than ten the largest.</param>
internal readonly record struct Spread(int Count, double Mean, double Median, double Low, double High)
{
    private const int LeastForQuantiles = 10; // with fewer seeds, a band goes from the least to the largest

    private const double LowShare = 0.1, HighShare = 0.9;

    /// <summary>What a band over so many seeds is called.</summary>
    public static string BandOf(int seeds) => seeds < LeastForQuantiles ? "least to largest" : "10 to 90 %";

    /// <summary>What it shows, in a sentence.</summary>
    public static string InWords(int seeds) => seeds < LeastForQuantiles ? "from the least to the largest" : "10 to 90 % of them";

    /// <summary>The spread of numbers; NaN where there are none.</summary>
    /// <param name="values">One a seed; what is not finite is none.</param>
    public static Spread Of(IReadOnlyCollection<double> values)
    {
        double[] there = [.. values.Where(double.IsFinite).Order()];
        bool few = values.Count < LeastForQuantiles;
        return new(
            there.Length, there.Length > 0 ? there.Average() : double.NaN, Course.Quantile(there, 0.5),
            Course.Quantile(there, few ? 0 : LowShare), Course.Quantile(there, few ? 1 : HighShare));
    }

    /// <summary>As JSON; null where no seed has the number.</summary>
    public JsonObject? ToJson() => Count == 0 ? null
        : Json.Of(("seeds", Count), ("mean", Mean), ("median", Median), ("low", Low), ("high", High));
}
