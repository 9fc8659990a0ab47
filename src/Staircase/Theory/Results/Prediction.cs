namespace Staircase;

/// <summary>What theory says a training will do.</summary>
public sealed record Prediction
{
    /// <summary>What theory says training of a model will do.</summary>
    /// <param name="model">
    /// Separate attention, whose heads race (<see cref="HeadRace"/>), or one of merged heads, which act as one (<see cref="MergedCurve"/>).
    /// </param>
    /// <param name="weights">A whole weight vector in the token basis.</param>
    /// <param name="moments">The modes of the task or of the data.</param>
    /// <param name="cancellation">Stops a race of heads within a step.</param>
    public static Prediction Of(
        AttentionModel model, ReadOnlySpan<double> weights, ModeMoments moments, CancellationToken cancellation = default) =>
        model is SeparateAttention separate ? HeadRace.Predict(separate, weights, moments, cancellation)
            : MergedCurve.Predict((MergedModel)model, weights, moments);

    /// <summary>The plateaus in order, the last one endless.</summary>
    public required IReadOnlyList<PredictedPlateau> Plateaus { get; init; }

    /// <summary>The drops between them.</summary>
    public required IReadOnlyList<PredictedDrop> Drops { get; init; }

    /// <summary>How each mode's strength grows; merged attention has all of them in one drop.</summary>
    public required IReadOnlyList<StrengthCourse> Courses { get; init; }

    /// <summary>The loss at the times of the courses, where it does not follow from the strengths alone; null where it does.</summary>
    public double[]? Losses { get; init; }

    /// <summary>
    /// Why nothing is predicted after the last of the drops, as the end of a sentence; null where the prediction is whole.
    /// </summary>
    public string? GivenUp { get; init; }

    /// <summary>Until when the curve is predicted: the end of its table where it was given up there, else without end.</summary>
    internal double Until => GivenUp is null ? double.PositiveInfinity : Courses.Select(course => course.Times[^1]).DefaultIfEmpty().Max();

    /// <summary>The moments the prediction was made from.</summary>
    public required ModeMoments Moments { get; init; }

    /// <summary>The results it rests on.</summary>
    public required IReadOnlyList<Result> Results { get; init; }

    /// <summary>The predicted loss at a time of the gradient flow.</summary>
    public double LossAt(double time)
    {
        if (Losses is not null && Courses.Count > 0)
            return new StrengthCourse(-1, Courses[0].Times, Losses).At(time);
        Span<double> strengths = stackalloc double[Moments.Count];
        strengths.Clear();
        foreach (StrengthCourse course in Courses)
            strengths[course.Mode] = course.At(time);
        return Moments.LossAt(strengths);
    }

    /// <summary>The times at which the predicted curve bends: where to draw it.</summary>
    public double[] CurveTimes() =>
        [.. Courses.Select(course => course.Times).Distinct().SelectMany(times => times).Prepend(0).Order().Distinct()];
}
