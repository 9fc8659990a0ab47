namespace Staircase.Tests.Measures;

/// <summary>
/// The numbers of Mainali and Teixeira (arXiv 2504.12916), Fig. 4A–C, from their own closed form of the modes (Eq. 13) and of the loss (Eq.
/// 14), written out here. The settings were read off the published figures: S = (1.7, 1.4, 1.1, 1.0), N = 200, ηP = 0.02, a(0) = 1e-4, 500
/// epochs, σ = 8.
/// </summary>
public class PublishedModesParityTests
{
    /// <summary>Epochs or lags: what can be read off a curve that was published as a picture.</summary>
    private const int Reading = 3;

    /// <summary>Two published digits of a minimum, four of an end.</summary>
    private const double MinimumDigits = 0.005, EndDigits = 0.00005;

    private const int Epochs = 500;
    private static readonly double[] S = [1.7, 1.4, 1.1, 1.0];
    private static readonly double[] End = [.. S.Select(s => 200 / (201 * s + S.Sum()))];

    [Theory]
    [InlineData(0, 72, 0.31, 0.9858)]
    [InlineData(1, 109, 0.31, 0.9917)]
    [InlineData(2, 162, 0.79, 0.9984)]
    public void Marginalized_effective_rank(int k, int epoch, double minimum, double end)
    {
        double[] rank = [.. Enumerable.Range(0, Epochs + 1).Select(t => EffectiveRank.Normalized(Marginalization.ByMode(Modes(t), k)))];

        int lowest = Array.IndexOf(rank, rank.Min());
        AssertNear($"epoch of the minimum without {k} modes", epoch, lowest, Reading);
        Assert.True(
            Math.Abs(rank[lowest] - minimum) <= MinimumDigits, $"minimum without {k} modes: expected {minimum}, actual {rank[lowest]:R}");
        Assert.True(Math.Abs(rank[Epochs] - end) <= EndDigits, $"end without {k} modes: expected {end}, actual {rank[Epochs]:R}");
    }

    /// <summary>
    /// Lags, although published as times. The last one depends most on where the curve ends: 367 here, 365 if two epochs fewer are
    /// correlated.
    /// </summary>
    [Theory]
    [InlineData(73, false)]
    [InlineData(138, true)]
    [InlineData(194, false)]
    [InlineData(365, true)]
    public void Loss_autocovariance_curvature(int lag, bool isMaximum)
    {
        var loss = new EvenSeries(0, 1, [.. Enumerable.Range(0, Epochs + 1).Select(Loss)]);

        AssertHasExtremum("−A″", LossAutocovariance.CurvatureByLag(loss), lag, isMaximum);
    }

    /// <summary>The norm of one factor, ‖p‖ = √Σa for a balanced start.</summary>
    [Theory]
    [InlineData(52, true)]
    [InlineData(84, false)]
    [InlineData(169, true)]
    [InlineData(245, false)]
    public void Norm_curvature(int epoch, bool isMaximum) =>
        AssertHasExtremum("d²‖p‖/dt²", NormCurvature.Of(Norms(a => Math.Sqrt(a.Sum()))), epoch, isMaximum);

    /// <summary>No reading error turns the product's norm into what was published: its first extremum is eight epochs later.</summary>
    [Fact]
    public void The_norm_of_the_product_turns_elsewhere()
    {
        EvenSeries curvature = NormCurvature.Of(Norms(a => Math.Sqrt(a.Sum(x => x * x))));

        AssertHasExtremum("d²‖diag a‖/dt²", curvature, 60, isMaximum: true);
        Assert.DoesNotContain(curvature.Extrema(), i => Math.Abs(i - 52) <= Reading || Math.Abs(i - 245) <= Reading);
    }

    private static double[] Modes(int t) =>
        [.. S.Select((s, i) => End[i] * 1e-4 / (1e-4 + (End[i] - 1e-4) * Math.Exp(-2 * t * 0.02 * s * s)))];

    private static double Loss(int t)
    {
        double[] a = Modes(t);
        return 0.5 * S.Select((s, i) => s * (s * a[i] * a[i] / End[i] - 2 * s * a[i] + 1)).Sum();
    }

    private static EvenSeries Norms(Func<double[], double> norm) =>
        new(0, 1, [.. Enumerable.Range(0, Epochs + 1).Select(t => norm(Modes(t)))]);

    private static void AssertHasExtremum(string what, EvenSeries series, int expected, bool isMaximum)
    {
        int[] extrema = [.. series.Extrema().Where(i => series.Values[i] > series.Values[i - 1] == isMaximum)];
        AssertNear($"{(isMaximum ? "maximum" : "minimum")} of {what}", expected, extrema.MinBy(i => Math.Abs(i - expected)), Reading);
    }

    private static void AssertNear(string what, int expected, int actual, int tolerance) =>
        Assert.True(Math.Abs(actual - expected) <= tolerance, $"{what}: expected {expected}, actual {actual}, allowed ±{tolerance}");
}
