namespace Staircase.Browser;

/// <summary>A theory beside that of the staircase, as one picture that a slider or two move.</summary>
internal interface INeighbour
{
    /// <summary>What it says, where it comes from, and its name.</summary>
    Result Result { get; }

    /// <summary>A few words for a heading.</summary>
    string Title { get; }

    /// <summary>What can be moved.</summary>
    IReadOnlyList<Slider> Sliders { get; }

    /// <summary>The picture at given places of the sliders, in their order, and what it shows in a sentence with its numbers.</summary>
    (Plot Picture, string Sentence) At(IReadOnlyList<double> values);

    /// <summary>The staircase of D + 1 heads, roughly and at once.</summary>
    static Prediction Predicted(RegressionTask task, double init, ulong seed)
    {
        var model = new SeparateAttention(task.InputDimension, task.InputDimension + 1, 1);
        return HeadRace.Sketch(model, model.Initialize(init, seed, InitializationScheme.Papers), ModeMoments.Of(task));
    }

    /// <summary>Times between two at which what is predicted is drawn.</summary>
    static double[] Times(Prediction prediction, double first, double end) =>
        [.. prediction.CurveTimes().Where(t => t >= first && t < end), end];
}

/// <summary>A number that a reader moves.</summary>
/// <param name="Key">What the address calls it.</param>
/// <param name="Label">What the reader sees; mathematics between dollar signs.</param>
/// <param name="Least">The least that is taken.</param>
/// <param name="Most">The most.</param>
/// <param name="Usual">Where it stands at first.</param>
/// <param name="IsWhole">Whether it counts something.</param>
/// <param name="IsLogarithmic">Whether equal ways are equal ratios.</param>
internal sealed record Slider(
    string Key, string Label, double Least, double Most, double Usual, bool IsWhole = false, bool IsLogarithmic = false);
