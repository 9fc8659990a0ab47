namespace Staircase;

/// <summary>What theory says a training will do.</summary>
public sealed record Prediction
{
    /// <summary>The plateaus in order, the last one endless.</summary>
    public required IReadOnlyList<PredictedPlateau> Plateaus { get; init; }

    /// <summary>The drops between them.</summary>
    public required IReadOnlyList<PredictedDrop> Drops { get; init; }

    /// <summary>How each mode's strength grows; merged attention has all of them in one drop.</summary>
    public required IReadOnlyList<StrengthCourse> Courses { get; init; }

    /// <summary>The moments the prediction was made from.</summary>
    public required ModeMoments Moments { get; init; }

    /// <summary>The results it rests on.</summary>
    public required IReadOnlyList<Result> Results { get; init; }

    /// <summary>The predicted loss at a time of the gradient flow.</summary>
    public double LossAt(double time)
    {
        Span<double> strengths = stackalloc double[Moments.Count];
        strengths.Clear();
        foreach (StrengthCourse course in Courses)
            strengths[course.Mode] = course.At(time);
        return Moments.LossAt(strengths);
    }

    /// <summary>The times at which the predicted curve bends: where to draw it.</summary>
    public double[] CurveTimes() => [.. Courses.SelectMany(course => course.Times).Prepend(0).Order().Distinct()];
}
