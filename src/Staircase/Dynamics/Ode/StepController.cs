namespace Staircase;

/// <summary>Proportional–integral–derivative control of the step size.</summary>
/// <remarks>
/// With e the local error over the tolerance and p the order of the estimate, h is multiplied by
/// safety · eₙ^{−(kI+kP+kD)/p} · eₙ₋₁^{(kP+2kD)/p} · eₙ₋₂^{−kD/p} (Söderlind 2003). A small derivative gain damps the ringing that
/// plain integral control shows where a plateau gives way to a drop; after a rejection only the current error counts.
/// </remarks>
public static class StepController
{
    private const double Integral = 0.3, Proportional = 0.35, Derivative = 0.05;
    private const double Safety = 0.9, Shrink = 0.2, Grow = 5, SmallestError = 1e-4;

    /// <summary>The factor for the next step after an accepted one.</summary>
    public static double AfterAcceptance(double error, double lastError, double earlierError, int order)
    {
        double factor = Safety
            * Pow(Max(error, SmallestError), -(Integral + Proportional + Derivative) / order)
            * Pow(Max(lastError, SmallestError), (Proportional + 2 * Derivative) / order)
            * Pow(Max(earlierError, SmallestError), -Derivative / order);
        return Clamp(factor, Shrink, Grow);
    }

    /// <summary>The factor for a second try after a rejection.</summary>
    public static double AfterRejection(double error, int order) =>
        double.IsFinite(error) ? Clamp(Alone(error, order), 0.1, 0.8) : 0.1;

    /// <summary>The factor that one error alone suggests.</summary>
    public static double Alone(double error, int order) => Safety * Pow(Max(error, 1e-12), -1.0 / order);
}
