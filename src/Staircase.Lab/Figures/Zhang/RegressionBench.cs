namespace Staircase.Lab;

/// <summary>Training regressions for figures, through memory.</summary>
internal static class RegressionBench
{
    /// <summary>Prepares an experiment, whose data several trainings may share.</summary>
    public static RegressionStudy Study(this Bench bench, RegressionExperiment experiment) =>
        (RegressionStudy)experiment.Prepare(null, bench.Cancellation);

    /// <summary>Trains an experiment.</summary>
    public static RegressionFindings Regress(this Bench bench, RegressionExperiment experiment) => bench.Regress(bench.Study(experiment));

    /// <summary>Trains a study.</summary>
    public static RegressionFindings Regress(this Bench bench, RegressionStudy study) => RegressionFindings.Of(bench.Train(study));

    /// <summary>Trains experiments, on all cores.</summary>
    public static RegressionFindings[] Regress(this Bench bench, IReadOnlyList<Experiment> experiments) =>
        bench.ForEach(experiments, experiment => RegressionFindings.Of(bench.Train(experiment)));

    /// <summary>Theory laid over a run.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static Comparison Compared(this RegressionFindings run) =>
        run.Comparison ?? throw new InputException($"There is no theory for this setting: {run.Study.NoTheory}.");

    /// <summary>The losses of several seeds.</summary>
    public static Plot Losses(RegressionFindings[] runs) =>
        RegressionPlots.Loss([.. runs.Select(run => ($"seed {run.Study.Experiment.Seed}", run))]);
}
