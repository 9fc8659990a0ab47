namespace Staircase;

/// <summary>What can be known of the next state of a chain whose table was drawn at random: the yardstick of in-context learning.</summary>
public static class DirichletPrediction
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "dirichlet-prediction",
        "If the next state given its context c has probabilities drawn from Dirichlet(α), the optimal prediction after n_c visits of c, "
        + "n_cs of which s followed, is (n_cs + α)/(n_c + kα): "
        + "counting transitions is all there is to learn in context, and its loss bounds every model's from below.",
        Paper.Edelman2024, "§2",
        "the rows of the table are independent, and nothing else tells of them (the first tokens are uniform)",
        "what a model of finite size can count");

    /// <summary>(n_cs + α)/(n_c + kα).</summary>
    /// <param name="count">n_cs, how often the state has followed the context.</param>
    /// <param name="total">n_c, how often the context has been followed by anything.</param>
    /// <param name="states">k.</param>
    /// <param name="concentration">α, positive.</param>
    public static double Probability(int count, int total, int states, double concentration) =>
        (count + concentration) / (total + states * concentration);
}
