namespace Staircase.Lab;

/// <content>What people read and other programs take.</content>
public sealed partial class RegressionStudy
{
    private static readonly string[] MovedByExplorer =
    [
        "attention", "heads", "rank", "scale", "context", "task-covariance", "noise", "data", "basis", "whiten", "centre", "init",
        "init-scheme", "seed", "data-seed", "init-seed",
    ];

    /// <inheritdoc/>
    public override string Description
    {
        get
        {
            RegressionExperiment e = Experiment;
            string model = Model switch
            {
                SeparateAttention separate => $"separate keys and queries, {separate.Heads} heads of rank {separate.Rank}",
                MergedAttention merged => $"merged key and query, {merged.Heads} heads",
                _ => $"linear network on cubic features, {Model.Heads} hidden units",
            };
            string λ = Task.InputDimension <= 8
                ? $" ({string.Join(", ", Task.InputEigenvalues.ToArray().Select(x => Number(x, digits: 3)))})"
                : "";
            string spectrum = e.Data.Kind == DataKind.File ? "of the data" : e.Spectrum;
            string weights = e.Fork is not null ? $"weights of {e.Fork}" : e.Weights is null
                ? $"weights of size {AllDigits(e.Init)} ({Word(e.InitScheme)}), seed {e.InitSeed}"
                : $"weights {e.Weights}";
            string scaled = e.Spectrum.Contains(',') && e.Data.Kind != DataKind.File && e.Trace is { } trace
                && Abs(Spectrum.Parse(e.Spectrum, null).Trace / trace - 1) > 1e-9 ? $", rescaled to trace {AllDigits(trace)}" : "";
            string mixture = e.Mixture is null ? "" : $"mixture of tasks {e.Mixture}; ";
            return $"{(e.Softmax ? "softmax attention, " : "")}{model}; D = {Task.InputDimension}, N = {Task.ContextLength}, spectrum "
                + $"{spectrum}{scaled}{λ}; {mixture}data {e.Data}; {weights}.";
        }
    }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Announcements =>
        Experiment.Data.Kind == DataKind.File && Sequences is { } file ? [.. DataFile.Doubts(file)] : [];

    /// <inheritdoc/>
    public override string Advice
    {
        get
        {
            RegressionExperiment e = Experiment;
            if (e.IsFlow)
                return $"Lower ‹init› (it is {AllDigits(e.Init)}).";
            string lower =
                $"Lower ‹learning-rate› or ‹init›: ‹learning-rate› is {AllDigits(e.LearningRate)}, ‹init› is {AllDigits(e.Init)}.";
            double stable = e.EffectiveOptimizer == OptimizerKind.Gd ? LargestStableRate() : double.NaN;
            return double.IsFinite(stable)
                ? $"{lower} Near the minimum training is stable up to {Number(stable)} (2/μ of the Hessian there)."
                : lower;
        }
    }

    /// <inheritdoc/>
    /// <remarks>Eigenvalues one by one, since each is a bar there; data of a file stay where they are.</remarks>
    public override IReadOnlyDictionary<string, string>? Explored
    {
        get
        {
            if (Experiment.Data.Kind == DataKind.File || Experiment.Weights is not null || Experiment.Fork is not null)
                return null;
            var keys = new Dictionary<string, string>
            {
                ["spectrum"] = string.Join(',', Task.InputEigenvalues.ToArray().Select(λ => λ.ToString("R", InvariantCulture))),
            };
            foreach ((string key, string value) in Settings)
            {
                if (MovedByExplorer.Contains(key))
                    keys.Add(key, value);
            }

            return keys;
        }
    }

    /// <inheritdoc/>
    public override Findings Export(string path)
    {
        ISequenceSource sequences = Sequences ?? throw new InputException("Only a sample has sequences to export: give ‹data› sample:P.");
        DataFile.Write(path, sequences, Model, InitialWeights);
        int tokens = sequences.ContextLength + 1, width = sequences.InputDimension + 1;
        return new(
            [], [$"{path}: tokens [{sequences.Count}, {tokens}, {width}], targets [{sequences.Count}] and the initial weights."],
            Json.Of(
                ("file", path), ("sequences", sequences.Count), ("contextLength", sequences.ContextLength),
                ("inputDimension", sequences.InputDimension), ("experiment", Settings)));
    }
}
