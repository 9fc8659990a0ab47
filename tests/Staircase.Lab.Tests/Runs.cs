namespace Staircase.Lab.Tests;

/// <summary>Trains experiments into folders, as the command line does.</summary>
internal static class Runs
{
    public static Study Prepare(Experiment experiment) => Study.Prepare(experiment, progress: null, CancellationToken.None);

    public static Trainer Train(Experiment experiment, string path) => Train(experiment, path, stopped: false);

    /// <summary>Starts a run that is stopped at once.</summary>
    public static void Stop(Experiment experiment, string path) => Train(experiment, path, stopped: true);

    /// <summary>An experiment from words: <c>dim=4</c>, <c>optimizer=gd</c>.</summary>
    public static Experiment Experiment(params string[] keys)
    {
        var experiment = new Experiment();
        foreach (string key in keys)
            experiment = ExperimentKey.Named(key.Split('=')[0], "test").Set(experiment, key.Split('=', 2)[1]);
        return experiment;
    }

    private static Trainer Train(Experiment experiment, string path, bool stopped)
    {
        Study study = Prepare(experiment);
        study = study.With(Trainer.WithEnd(study));
        var trainer = Trainer.Start(study, RunFolder.Create(path));
        trainer.Train(null, new CancellationToken(stopped));
        return trainer;
    }
}
