namespace Staircase.Lab;

/// <summary>How far a theory is from the mean of independent trainings, along the whole course.</summary>
/// <param name="Largest">The difference, trainings minus theory, where it is largest in size.</param>
/// <param name="At">When that is.</param>
/// <param name="ErrorThere">The Monte Carlo error of the trainings' mean at that time; NaN from a single training.</param>
/// <param name="RootMeanSquare">The root mean square of the difference over the recorded points.</param>
/// <param name="RootMeanSquareError">The same of the Monte Carlo error: about the root mean square from an exact theory.</param>
internal sealed record Deviation(double Largest, double At, double ErrorThere, double RootMeanSquare, double RootMeanSquareError)
{
    /// <summary>The largest one with its Monte Carlo error.</summary>
    public override string ToString()
    {
        string error = double.IsNaN(ErrorThere) ? "" : $"± {Number(ErrorThere, digits: 2)} ";
        return $"{Largest.ToString("+0.00000;-0.00000;0", InvariantCulture)} {error}at {Number(At)}";
    }

    /// <summary>All numbers, by name.</summary>
    internal JsonObject Json() => Lab.Json.Of(
        ("largest", Largest), ("at", At), ("errorThere", ErrorThere), ("rootMeanSquare", RootMeanSquare),
        ("rootMeanSquareError", RootMeanSquareError));
}
