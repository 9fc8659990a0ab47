namespace Staircase.Lab;

/// <summary>The half times and strengths of modes, and the loss in the end, that runs over seeds are compared by.</summary>
internal static class VectorQuantities
{
    /// <summary>What the exact theory says, and what was simulated beside it.</summary>
    /// <param name="study">What is trained.</param>
    /// <param name="exact">The exact theory to the end of the training; null where the optimizer follows no flow.</param>
    /// <param name="simulation">The simulation; null before there is one.</param>
    public static IReadOnlyList<Quantity> Of(VectorStudy study, VectorTheory? exact, SimulatedCourse? simulation)
    {
        double[]? full = study.Stable?.Strengths ?? exact?.Course[^1].Strengths;
        return
        [
            .. Range(0, study.Task.InputDimension).SelectMany(i => Mode(i, full is null ? double.NaN : full[i])),
            new("loss in the end", simulation?.Mean[^1][0], exact?.Course[^1].Loss),
        ];

        IEnumerable<Quantity> Mode(int i, double strength)
        {
            if (strength > 0)
            {
                yield return new(
                    $"half time of mode {i + 1}", simulation?.TimeAt(i + 1, strength / 2),
                    exact is null ? null : VectorPoint.HalfTime(exact.Course, i, strength));
            }

            yield return new($"strength of mode {i + 1} in the end", simulation?.Mean[^1][i + 1], exact?.Course[^1].Strengths[i]);
        }
    }
}
