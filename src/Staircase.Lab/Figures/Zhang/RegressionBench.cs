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
}
