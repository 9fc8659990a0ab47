namespace Staircase.Lab;

/// <summary>A predictor that is known exactly, on the validation sequences.</summary>
/// <param name="Losses">Its loss at each position (nats).</param>
/// <param name="Entropy">The mean entropy of what it says (nats).</param>
/// <param name="Score">Its in-context score (nats).</param>
internal sealed record KnownPredictor(string Name, double[] Losses, double Entropy, double Score)
{
    /// <summary>Its mean loss (nats).</summary>
    public double Loss => Losses.Average();

    /// <summary>As JSON.</summary>
    public JsonObject Data() => Json.Of(("name", Name), ("loss", Loss), ("score", Score));
}
