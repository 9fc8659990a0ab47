namespace Staircase.Lab;

/// <summary>Zhang et al. 2025, §3.4 and §4.4: on plateau m the model regresses in context on the first m principal components.</summary>
internal sealed class RegressionInContext() : RunFigure(
    "regression-in-context", "Which algorithm runs on each plateau",
    "what the model does on each plateau: principal component regression in context",
    Zhang("§3.4, §4.4, Eq. 22"), SeparateFixedPoints.Result, MergedFixedPoints.Result)
{
    private const int Sequences = 2000;

    /// <summary>Below this the distances of a model that predicts zero are rounding, and would press all others together.</summary>
    private const double LeastDrawn = 1e-3;

    /// <summary>
    /// Linear attention inverts the mean covariance, regression that of each context: they differ by D/N, and more for weak components.
    /// </summary>
    private const double Distance = 0.25;

    /// <summary>At ten times the context the difference is ten times smaller; what is left is scatter of the test sequences.</summary>
    private const double Shrinkage = 0.2;

    public override ReportSection Reproduce(Bench bench)
    {
        var separate = new RegressionExperiment { Init = 1e-3, Seed = 1 };
        (string Name, RegressionExperiment Experiment)[] settings =
        [
            ("separate, N = 31", separate), ("separate, N = 310", separate with { Context = 310 }),
            ("merged, N = 31", separate with { Attention = AttentionKind.Merged, Until = 2000 }),
        ];
        Course[] courses = bench.ForEach(settings, s => new Course(s.Name, Stage.Of(bench, s.Experiment)));
        return Titled with
        {
            Lead = "Fresh sequences, the model's predictions against least squares in context on the first $m$ principal components; "
                + "errors relative to the mean square label.",
            Plots = [.. courses.Take(2).Select((course, i) => Distances($"distance-{i + 1}", course))],
            Settings = bench.Study(separate).Settings,
            Checks =
            [
                .. courses.Select(course => Closest($"{course.Name}: components", course.Stages)),
                .. courses.Select(course => Check.AtMost(
                    $"{course.Name}: relative MSE to it, worst plateau", Zhang("Eq. 22"), course.Stages.Max(s => s.Error), Distance)),
                .. courses[0].Stages.Zip(courses[1].Stages).Where(pair => pair.First.Learned > 0).Select(pair => Check.Relative(
                    $"plateau with {pair.First.Learned} components: relative MSE at N = 31 over that at N = 310", "Staircase",
                    pair.First.Error / pair.Second.Error, 10, Shrinkage)),
            ],
            Tables =
            [
                .. courses.Select(course => Errors($"Relative MSE to regression on m components, {course.Name}", course.Stages)),
            ],
            Notes = ["The model multiplies by one matrix for all contexts where regression inverts the covariance of each: even at the "
                + "minimum they differ, by a part of order D/N that shrinks with the length of the context."],
        };
    }

    public override Experiment Setting(ulong seed) =>
        new RegressionExperiment { Init = 1e-3, Seed = seed, Checkpoints = Schedule.Every(5) };

    protected override FigurePart Draw(Run one)
    {
        var run = RegressionFindings.Of(one);
        Stage[] stages = Stage.Of(run);
        Require(stages.Length > 0, "No weights were kept on a plateau: keep more with ‹checkpoints›.");
        return new(
            [Distances("distance", new(run.Study.Model is SeparateAttention ? "separate" : "merged", stages))],
            [Errors("Relative MSE to regression on m components", stages)], [Closest("components", stages)]);
    }

    private static Check Closest(string what, Stage[] stages) => Same(
        $"{what} of the closest regression, plateau by plateau", Zhang("Eq. 22"),
        stages.Select(s => s.Closest), stages.Select(s => s.Learned));

    private static Table Errors(string title, Stage[] stages) => Table.Of(
        title, ["components learned", "loss", .. stages[0].Errors.Select((_, m) => $"m = {m}")], stages,
        s => [$"{s.Learned}", Number(s.Loss, digits: 3), .. s.Errors.Select(error => Number(error, digits: 3))]);

    private static Plot Distances(string id, Course course) => Plot.Of(
        id, $"Distance to principal component regression, {course.Name}", "components m of the regression",
        Axis.Logarithmic("relative MSE to the model"),
        "One curve a plateau; each has its minimum at the number of components learned. Less than 10⁻³, as of a model that still predicts "
        + "zero, is drawn at 10⁻³.",
        course.Stages.Select((stage, k) => Series.Measured(
            $"plateau {k + 1}", stage.Errors.Select((_, m) => (double)m), stage.Errors.Select(e => Max(e, LeastDrawn)), k)));

    private sealed record Course(string Name, Stage[] Stages);

    private sealed record Stage(int Learned, double Loss, double[] Errors)
    {
        public double Error => Errors[Learned];

        public int Closest => Array.IndexOf(Errors, Errors.Min());

        public static Stage[] Of(Bench bench, RegressionExperiment experiment) =>
            Of(bench.Regress(experiment with { Checkpoints = Schedule.Every(5) }));

        /// <summary>The plateaus on which weights were kept.</summary>
        public static Stage[] Of(RegressionFindings run) =>
        [
            .. run.Compared().Plateaus.Select(p => (p.Learned, Checkpoint: run.Training.CheckpointOn(p.Measured)))
                .Where(p => p.Checkpoint is not null).Select(p => new Stage(
                    p.Learned.Count, p.Checkpoint!.Loss, run.Examine(p.Checkpoint.Weights, Sequences).RelativeErrors)),
        ];
    }
}
