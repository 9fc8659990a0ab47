namespace Staircase.Lab;

/// <summary>A study in one line.</summary>
public static class StudyDescription
{
    /// <summary>What the theory beside a softmax is.</summary>
    public const string SoftmaxTheory =
        "Attention goes through a softmax: the theory beside it is that of linear attention with the same weights that divides by the number of tokens, what a softmax of small scores comes down to.";

    /// <summary>Model, task, data and weights.</summary>
    public static string Of(Study study)
    {
        Experiment e = study.Experiment;
        string model = study.Model switch
        {
            SeparateAttention separate => $"separate keys and queries, {separate.Heads} heads of rank {separate.Rank}",
            MergedAttention merged => $"merged key and query, {merged.Heads} heads",
            _ => $"linear network on cubic features, {study.Model.Heads} hidden units",
        };
        string λ = study.Task.InputDimension <= 8 ? " (" + string.Join(", ", study.Task.InputEigenvalues.ToArray().Select(x => x.ToString("G3"))) + ")" : "";
        if (e.Softmax)
            model = $"softmax attention, {model}";
        return $"{model}; D = {study.Task.InputDimension}, N = {study.Task.ContextLength}, spectrum {(e.Data.Kind == DataKind.File ? "of the data" : e.Spectrum)}{λ}; data {e.Data}; "
            + (e.Weights is null ? $"weights of size {e.Init:R} ({e.InitScheme.ToString().ToLowerInvariant()}), seed {e.InitSeed}." : $"weights {e.Weights}.");
    }
}
