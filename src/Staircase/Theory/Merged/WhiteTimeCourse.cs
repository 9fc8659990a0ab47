namespace Staircase;

/// <summary>The exact time course of merged attention on white inputs.</summary>
public static class WhiteTimeCourse
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "white-time-course",
        "For Λ = cI and small aligned weights M(t) = σ(t) I with the logistic σ̇ = 2√D σ (b − α σ).",
        Paper.Zhang2025, "Eq. 10 (c = 1); any c, Ω ∝ I, σ² and output scale: this project",
        "white inputs; the growing amplitude is small at first",
        "the part of the initial weights that decays");

    /// <summary>σ(t), the common strength of all modes.</summary>
    /// <param name="moments">A task whose modes are all alike.</param>
    /// <param name="amplitude">The growing amplitude at time 0: ‖a‖ of <see cref="MergedCurve"/>, or the papers' w_init.</param>
    /// <param name="time">Time of the gradient flow.</param>
    public static double Strength(ModeMoments moments, double amplitude, double time)
    {
        double b = moments.Drive[0], α = moments.Saturation(0), root = Sqrt(moments.Count);
        double initial = amplitude * amplitude / root;
        double decay = Exp(-2 * root * b * time);
        return b / (α * (1 - decay) + b * decay / initial);
    }

    /// <summary>The loss at that strength.</summary>
    public static double Loss(ModeMoments moments, double amplitude, double time)
    {
        double σ = Strength(moments, amplitude, time);
        return moments.ZeroLoss - moments.Count * (2 * moments.Drive[0] * σ - moments.Saturation(0) * σ * σ);
    }
}
