namespace Staircase.Lab.Tests;

/// <summary>
/// Experiments and runs for tests, from words such as <c>modular-addition modulus=7</c>; without a kind they are regressions.
/// </summary>
internal static class Runs
{
    public static Experiment Of(string words)
    {
        string[] parts = words.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        bool named = parts.Length > 0 && !parts[0].Contains('=', StringComparison.Ordinal);
        ExperimentKind kind = named ? ExperimentKinds.Named(parts[0], null) : ExperimentKinds.Default;
        return parts.Skip(named ? 1 : 0).Aggregate(kind.Default, (e, word) => kind.Set(e, word.Split('=')[0], word.Split('=', 2)[1], null));
    }

    public static RegressionExperiment Regression(params string[] keys) => (RegressionExperiment)Of(string.Join(' ', keys));

    public static RegressionStudy Prepare(Experiment experiment) => (RegressionStudy)experiment.Prepare();

    public static Run Train(Experiment experiment, IRunStore store, CancellationToken cancellation = default) =>
        Trainer.Train(experiment.Prepare(null, cancellation), store, null, cancellation);

    /// <summary>Opens a folder and goes on, as <c>train --resume</c> does, with other values for some keys.</summary>
    public static Run Resume(string path, string words = "", CancellationToken cancellation = default)
    {
        RunFolder folder = RunFolder.Open(path);
        Experiment experiment = folder.Experiment(folder.ReadRecord());
        foreach (string word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            experiment = experiment.Kind.Set(experiment, word.Split('=')[0], word.Split('=')[1], null);
        return Train(experiment, folder, cancellation);
    }
}
