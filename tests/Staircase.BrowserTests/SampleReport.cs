namespace Staircase.Lab;

/// <summary>
/// The report of an ordinary run: 10,001 points of the loss and of four strengths, 41 checkpoints of five heads, theory over it.
/// </summary>
internal static class SampleReport
{
    private static readonly Lazy<Run> Trained = new(Train);
    private static readonly Lazy<Report> Shared = new(Create);

    /// <summary>The report; every call gives the same.</summary>
    public static Report Report => Shared.Value;

    /// <summary>What <c>staircase explain</c> says of the run.</summary>
    public static IReadOnlyList<string> Explanation => Trained.Value.View.Explanation;

    private static Run Train()
    {
        var experiment = new RegressionExperiment
        {
            Heads = 5,
            Optimizer = OptimizerKind.Gd,
            LearningRate = 0.4,
            Steps = 10_000,
            Record = Schedule.All,
            Checkpoints = Schedule.Every(250),
        };
        return Trainer.Train(experiment.Prepare(), new RunMemory());
    }

    private static Report Create()
    {
        Report report = RunReport.Of(Trained.Value);

        // Every kind of verdict, so that the page shows each.
        ReportSection run = report.Sections[0] with { Id = "run" };
        return report with
        {
            Sections =
            [
                run with
                {
                    Checks =
                    [
                        .. run.Checks,
                        Check.Same("There are six plateaus", "no paper", $"{run.Checks.Count}", "none")
                            with { Reason = "There are five: this check is there to fail." },
                        Check.Absolute("There are seven", "no paper", 5, 7, 0).Explained("There are five for a reason", 2),
                    ],
                },
            ],
        };
    }
}
