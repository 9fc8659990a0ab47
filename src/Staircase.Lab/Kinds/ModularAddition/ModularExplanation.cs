namespace Staircase.Lab;

/// <summary>A training on a binary operation in sentences: what is known when, and what moves while nothing seems to.</summary>
internal static class ModularExplanation
{
    public static IEnumerable<string> Of(ModularFindings run)
    {
        Trajectory rows = run.Rows;
        ModularExperiment experiment = run.Study.Experiment;
        if (run.MemorizedAt is not { } memorized)
        {
            yield return $"The {Whole(run.Study.Training.Count)} training pairs are not known: at step {Whole(rows.Steps[^1])} "
                + $"{Percent(rows["train_accuracy"][^1])} of them are right.";
            yield break;
        }

        string pairs = $"{Whole(run.Study.Training.Count)} training pairs";
        yield return $"Memorization: from step {Whole(memorized)} on more than 99 % of the {pairs} are right, while of the others "
            + $"{Percent(run.TestAccuracyWhenMemorized)} are. Weights that hold pairs one by one grow fastest: each gradient step fits the "
            + "pairs it sees.";
        int row = rows.RowOf(memorized), end = run.GrokkedAt is { } grokked ? rows.RowOf(grokked) : rows.Count - 1;
        IReadOnlyList<double> norms = rows["squared_norm"];
        string norm = $"the squared norm of the weights goes from {Number(norms[row])} to {Number(norms[end])}";
        string decay = experiment.WeightDecay > 0
            ? $"Weight decay {Number(experiment.WeightDecay)} makes large weights costly: {norm}, and a circuit that holds all pairs in a "
                + "few waves is cheaper than one that holds each."
            : $"Without weight decay nothing makes one solution cheaper than the other: {norm}.";
        yield return $"The plateau of the test loss, from step {Whole(memorized)} to {Whole(rows.Steps[end])}, lasts because the training "
            + $"loss is nearly zero, {Number(rows["loss"][row])}, so that little pushes. {decay}"
            + (run.GrokkedAt is not null && run.Phases.CircuitFormed is { } formed
                ? $" Behind it the circuit forms: the excluded loss rises around step {Whole(formed)}, so the key frequencies carry the "
                    + "training pairs by then."
                : "");
        yield return run.GrokkedAt is { } at
            ? $"It generalizes at step {Whole(at)}: from there on more than 99 % of the other pairs are right"
                + (run.Phases.CleanedUp is { } cleaned
                    ? $"; the norm falls around step {Whole(cleaned)}, as what was memorized goes."
                    : ".")
            : $"It has not generalized by step {Whole(rows.Steps[^1])}: {Percent(run.TestAccuracy)} of the other pairs are right.";
        foreach (string sentence in run.Findings.Sentences.Skip(run.Phases.Sentences().Count))
            yield return sentence;
    }
}
