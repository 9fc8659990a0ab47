namespace Staircase.Lab;

/// <summary>Theory over a curve, with what the setting leaves open fitted to the curve's drops.</summary>
/// <remarks>
/// Drops are matched by the heights of the plateaus around them, which neither the time scale nor the size of the initial weights changes.
/// One of the two that is open follows from the times of the drops. Both together follow from times and widths: a width tells the time
/// scale whatever the weights began with, and a time then how small they were. Least sums of absolute logarithms, so that one drop out of
/// order (two heads that nearly tie) does not decide.
/// </remarks>
/// <param name="Prediction">What theory says, from weights of that size.</param>
/// <param name="TimePerStep">Time of the gradient flow that a step amounts to.</param>
/// <param name="Init">The size of the initial weights, where it was fitted; null where it was stated.</param>
/// <param name="IsTimeFitted">Whether the time scale was fitted.</param>
/// <param name="Scales">The time scale by each number that it was fitted to, ascending; what its doubt is.</param>
/// <param name="Residual">√⟨(L − L_predicted)²⟩ / L₀ over the curve.</param>
public sealed record CurveFit(
    Prediction Prediction, double TimePerStep, double? Init, bool IsTimeFitted, IReadOnlyList<double> Scales, double Residual)
{
    private const double SmallestInit = 1e-6, LargestInit = 1;
    private const int Sizes = 29, Refinements = 20;
    private const int PointsOfWidth = 10; // a drop over fewer points looks wider than it is

    /// <summary>Lays theory over a curve.</summary>
    /// <param name="study">The setting.</param>
    /// <param name="timePerStep">The time scale; null fits it.</param>
    /// <param name="fitInit">Whether the size of the initial weights is fitted.</param>
    /// <exception cref="InputException">There is no theory for the setting, or no drop to fit to.</exception>
    public static CurveFit Of(
        LossCurve curve, IReadOnlyList<MeasuredDrop> drops, Study study, double? timePerStep, bool fitInit, CancellationToken cancellation)
    {
        Require(
            drops.Count > 0 || (!fitInit && timePerStep is not null),
            "The curve shows no drop to fit to: state what it was trained with, ‹init›, ‹optimizer› and ‹learning-rate›.");

        MeasuredDrop[] resolved =
            [.. drops.Where(drop => curve.Positions.Count(x => Abs(x - drop.Position) < drop.Width / 2) >= PointsOfWidth)];
        Require(
            !fitInit || timePerStep is not null || resolved.Length > 0,
            "The curve has too few points within its drops to tell the time scale from the size of the initial weights: state one of "
            + "them, ‹init›, or ‹optimizer› and ‹learning-rate›.");

        (Prediction Prediction, double LogScale, double Cost, double[] Scales)? best = null;
        double init = double.NaN;
        if (!fitInit)
        {
            best = Laid(study.StaircaseFrom(init: null));
        }
        else
        {
            double low = Log(SmallestInit), spacing = (Log(LargestInit) - low) / (Sizes - 1), nearest = low;
            for (int i = 0; i < Sizes; i++)
                Try(low + i * spacing);
            for (int i = 0; i < Refinements; i++)
            {
                spacing /= 1.5;
                double middle = nearest;
                Try(middle - spacing);
                Try(middle + spacing);
            }

            void Try(double logInit)
            {
                cancellation.ThrowIfCancellationRequested();
                if (From(Exp(logInit)) is { } laid && laid.Cost < (best?.Cost ?? double.PositiveInfinity))
                    (best, nearest, init) = (laid, logInit, Exp(logInit));
            }
        }

        if (best is not var (prediction, logScale, _, scales))
        {
            throw new InputException(
                "Theory predicts no drop between plateaus of the heights that this curve shows: is the setting, or the scale of the loss, "
                + "another?");
        }

        double scale = Exp(logScale), squares = 0;
        for (int i = 0; i < curve.Losses.Length; i++)
        {
            double difference = curve.Losses[i] - prediction.LossAt(scale * curve.Positions[i]);
            squares += difference * difference;
        }

        double residual = Sqrt(squares / curve.Losses.Length) / prediction.Moments.ZeroLoss;
        return new(prediction, scale, fitInit ? init : null, timePerStep is null, scales, residual);

        (Prediction Prediction, double LogScale, double Cost, double[] Scales)? From(double size)
        {
            try
            {
                return Laid(study.StaircaseFrom(size));
            }
            catch (InputException)
            {
                return null; // too large for the theory of small weights
            }
        }

        // How far each number of a drop is from theory's, in logarithms, at the scale that is stated or nearest to all.
        (Prediction Prediction, double LogScale, double Cost, double[] Scales)? Laid(Prediction prediction)
        {
            (MeasuredDrop Measured, double Time, double Width)[] pairs = Matched(drops, prediction);
            if (timePerStep is { } known)
            {
                if (fitInit && pairs.Length == 0)
                    return null;
                double off = pairs.Sum(pair => Abs(Log(known * pair.Measured.Position / pair.Time)));
                return (prediction, Log(known), off, []);
            }

            double[] logs =
            [
                .. pairs.Select(pair => Log(pair.Time / pair.Measured.Position)),
                .. pairs.Where(pair => fitInit && resolved.Contains(pair.Measured))
                    .Select(pair => Log(pair.Width / pair.Measured.Width)),
            ];
            double[] finite = [.. logs.Where(double.IsFinite).Order()];
            if (finite.Length == 0)
                return null;
            double median = (finite[(finite.Length - 1) / 2] + finite[finite.Length / 2]) / 2;
            return (prediction, median, finite.Sum(log => Abs(log - median)), [.. finite.Select(Exp)]);
        }
    }

    /// <summary>Each measured drop with the time and the width of the predicted one between plateaus of the nearest heights.</summary>
    private static (MeasuredDrop Measured, double Time, double Width)[] Matched(IReadOnlyList<MeasuredDrop> drops, Prediction prediction)
    {
        var pairs = new List<(MeasuredDrop, double, double)>();
        foreach (MeasuredDrop drop in drops)
        {
            PredictedPlateau before = prediction.Plateaus.MinBy(p => Abs(p.Height - drop.From))!;
            PredictedPlateau after = prediction.Plateaus.MinBy(p => Abs(p.Height - drop.To))!;
            double size = before.Height - after.Height;
            if (!(size > 0))
                continue;
            double start = Crossing(prediction, before.Height - 0.1 * size), end = Crossing(prediction, after.Height + 0.1 * size);
            pairs.Add((drop, Crossing(prediction, before.Height - 0.5 * size), end - start));
        }

        return [.. pairs];
    }

    /// <summary>When the predicted curve falls below a loss.</summary>
    private static double Crossing(Prediction prediction, double loss)
    {
        double low = 0, high = 2 * prediction.Drops[^1].Time;
        for (int i = 0; i < 60; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = prediction.LossAt(middle) > loss ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }
}
