namespace Staircase.Browser;

/// <summary>Where a mode goes under every learning rate: rest, a 2-cycle, a cascade, chaos.</summary>
internal sealed class LargeStepsNeighbour : INeighbour
{
    private const int Rates = 240, Skipped = 600, Kept = 40, Followed = 4000, LongestPeriod = 64;

    private const double From = 0.4, Start = 0.3;

    public Result Result => LargeSteps.Result;

    public string Title => "What a finite learning rate does to a mode";

    public IReadOnlyList<Slider> Sliders { get; } =
    [
        new("rate", "rate $\\mu$", From, 2, 1.1), new("factors", "factors $k$", 2, 3, 2, IsWhole: true),
    ];

    public (Plot Picture, string Sentence) At(IReadOnlyList<double> values)
    {
        (double rate, int k) = (values[0], (int)values[1]);
        double[] rates = [.. Range(0, Rates + 1).Select(i => From + (LargeSteps.Divergence - From) * i / Rates)];
        (double Rate, double X)[] points =
            [.. rates.SelectMany(μ => LargeSteps.Orbit(μ, Start, Skipped, Kept, k).Select(x => (μ, x)))];
        double[] orbit = LargeSteps.Orbit(rate, Start, Followed, 3 * LongestPeriod, k);
        double most = points.Max(point => point.X), least = points.Min(point => point.X);
        return (
            Plot.Of(
                "picture", "Where steps of rate μ end", "rate μ of the mode", "x, in units of where the flow rests",
                "Each column: 40 steps of $x \\leftarrow x + \\mu\\,x^{k-1}(1 - x^k)$ after 600. Dotted: the rate chosen.",
                Series.Points("steps", points, point => point.Rate, point => point.X, 0),
                Series.Guide("the rate chosen", [rate, rate], [least, most], 7)),
            $"It rests at 1 while $\\mu < {LargeSteps.LargestStableRate(k):G4}$. At $\\mu = {rate:G4}$ "
            + (orbit.Length < 3 * LongestPeriod ? "it leaves for infinity."
                : LargeSteps.Period(orbit, LongestPeriod) is not { } period ? $"it repeats itself in no {LongestPeriod} steps: chaos."
                : period == 1 ? $"it comes to rest; near there a step multiplies what is left by {LargeSteps.Slope(rate, k):G3}."
                : $"it goes round {period} values for ever."));
    }
}
