namespace Staircase.Lab;

/// <summary>Zhang et al. 2025, Fig. 1b: merged key and query wait, then lose nearly all their loss in one drop.</summary>
internal sealed class MergedDrop() : Figure(
    "merged-drop", "Merged key and query: one abrupt drop",
    "one abrupt drop of merged attention, the same as of a linear network on cubic features", Zhang("Fig. 1b"),
    MergedPlateau.Result, MergedCurve.Result, MergedFixedPoints.Result), IAdjustableFigure
{
    /// <summary>The estimate (1/‖Λ²‖) ln(1/w) leaves out a number of order one beside the logarithm, which is 12 here.</summary>
    private const double PlateauTolerance = 1.0 / 12;

    private const double DropTolerance = 0.02; // in a sample chance drives the map a little: the drop's time is right to about 1/√P

    /// <summary>
    /// At the published end the weakest component still has 2e-4 of the loss to lose; after this many steps all is at rest.
    /// </summary>
    private const long ToRest = 30_000;

    private const double SameCurve = 1e-9, ClosedForm = 1e-6, StandardErrors = 3;

    public override ReportSection Reproduce(Bench bench)
    {
        ulong[] seeds = Published.Seeds(bench);
        RegressionFindings[] runs = bench.ForEach(seeds, seed => bench.Regress(Published.Merged(seed)));
        RegressionFindings[] twins = bench.ForEach<AttentionKind, RegressionFindings>(
            [AttentionKind.Merged, AttentionKind.Cubic],
            kind => bench.Regress(Published.Merged(seeds[0]) with
            {
                Attention = kind,
                InitScheme = InitializationScheme.Papers,
                Whiten = false,
                Centre = false,
                Data = new(DataKind.Population),
            }));
        RegressionFindings[] networks = bench.ForEach(runs, run => bench.Regress(run.Study.With(run.Study.Experiment with
        {
            Attention = AttentionKind.Cubic,
            InitScheme = InitializationScheme.Papers,
            Steps = ToRest,
            Record = Schedule.Every(100),
        })));
        return Titled with
        {
            Lead = "Full-batch gradient descent on 5,000 sequences from entries of size 1e-6. The loss waits, then falls at once; which "
                + "components are strong does not matter for when.",
            Plots = [RegressionBench.Losses(runs), Twins(twins)],
            Weights = RegressionWeights.Of(runs[0]) is { } maps ? [maps] : [],
            Settings = runs[0].Study.Settings,
            Checks = [.. Checks(runs, twins, networks)],
            Notes =
            [
                "On the sample attention and the network part company: third-order coincidences of 5,000 sequences drive the blocks of "
                + "attention that the network does not have, and after the drop they slowly lower the training loss below the minimum over "
                + "in-context matrices. So the closed form is held against the network, where it is exact.",
            ],
        };
    }

    public Experiment Setting(ulong seed) => Published.Merged(seed) with { Heads = null, Steps = null, Record = null };

    public ReportSection Draw(Bench bench, IReadOnlyList<Experiment> experiments)
    {
        RegressionFindings[] runs = bench.Regress(experiments);
        Comparison[] comparisons = bench.ForEach(runs, RegressionBench.Compared);
        return Titled with
        {
            Lead = "The loss waits, then falls at once; which components are strong does not matter for when.",
            Plots = [RegressionBench.Losses(runs)],
            Weights = RegressionWeights.Of(runs[0]) is { } maps ? [maps] : [],
            Settings = runs[0].Study.Settings,
            Checks =
            [
                Drops(comparisons),
                PlateauCheck(comparisons.Select(c => 1 + (c.Plateaus[0].EndError(isLast: false) ?? double.PositiveInfinity))),
            ],
        };
    }

    private static Check Drops(IEnumerable<Comparison> comparisons) => Same(
        "number of drops, seed by seed", Zhang("§3"), comparisons.Select(c => c.Plateaus.Count - 1), comparisons.Select(_ => 1));

    private static Check PlateauCheck(IEnumerable<double> ratios) => Check.AtMost(
        "length of the plateau against the initial weights alone, worst seed, relative error", Own(MergedCurve.Result),
        ratios.Max(ratio => Abs(ratio - 1)), DropTolerance);

    private static IEnumerable<Check> Checks(RegressionFindings[] runs, RegressionFindings[] twins, RegressionFindings[] networks)
    {
        Drop[] drops = [.. runs.Select(Drop.Of)];
        yield return Drops(runs.Select(run => run.Comparison!));
        yield return Check.AtMost(
            "attention and cubic-feature network, population: largest |ΔL|/L₀", Zhang("Eq. 6–7"), LargestDifference(twins), SameCurve);
        yield return Check.AtMost(
            "final loss against the closed form of the sample's own moments, network on the same sample trained to rest, worst seed, "
            + "relative",
            Zhang("Eq. 11"), networks.Max(run => Abs(run.Training.Losses[^1] / Minimum(run, inContext: true) - 1)), ClosedForm);
        yield return Same(
            "final loss of attention, all blocks free, lies between the minima over in-context matrices and over all maps, seed by seed",
            "Staircase", runs.Select(run => LiesBetween(run) ? "yes" : "no"), runs.Select(_ => "yes"));
        yield return Check.AtMost(
            "final loss against the population minimum, worst seed, in standard errors of the sample", Zhang("Eq. 11"),
            drops.Max(d => Abs(d.Final - d.PopulationMinimum) / d.StandardError), StandardErrors);
        yield return Check.Relative(
            "length of the plateau over (1/‖Λ²‖) ln(1/w), mean of the seeds", Zhang("§3.3"),
            drops.Average(d => d.Time / d.Estimate), 1, PlateauTolerance);
        yield return PlateauCheck(drops.Select(d => d.Time / d.Predicted));
    }

    private static Plot Twins(RegressionFindings[] twins) => RegressionPlots.OverTime(
        "cubic-network", "Attention and the linear network on cubic features", "loss",
        "Population loss from the same initial weights: two curves, one on top of the other.",
        Series.Measured("attention", twins[0].Training.Positions, twins[0].Training.Losses, 0),
        Series.Predicted("cubic-feature network", twins[1].Training.Positions, twins[1].Training.Losses, 1));

    private static double LargestDifference(RegressionFindings[] twins) =>
        twins[0].Training.Losses.Zip(twins[1].Training.Losses, (a, b) => Abs(a - b)).Max() / twins[0].Training.Losses[0];

    private static double Minimum(RegressionFindings run, bool inContext) =>
        MergedFixedPoints.MinimumLoss((QuadraticLoss)run.Study.Loss, inContext);

    private static bool LiesBetween(RegressionFindings run) =>
        run.Training.Losses[^1] <= Minimum(run, inContext: true) && run.Training.Losses[^1] >= Minimum(run, inContext: false);

    /// <summary>What is measured on one run.</summary>
    private sealed record Drop(double Time, double Predicted, double Estimate, double Final, double PopulationMinimum, double StandardError)
    {
        public static Drop Of(RegressionFindings run)
        {
            RegressionStudy study = run.Study;
            ModeMoments population = ModeMoments.Of(study.Task);
            double[] value = study.Model.Layout.Slice(study.InitialWeights, "value").ToArray();
            return new(
                run.Comparison!.Plateaus[0].Measured.End, study.Prediction!.Drops[0].Time,
                MergedPlateau.Duration(population, Sqrt(value.Sum(v => v * v))),
                run.Training.Losses[^1], MergedFixedPoints.MinimumLoss(study.Task), SamplingError(run));
        }

        /// <summary>Of the mean squared error over the sample: its standard deviation over √P.</summary>
        private static double SamplingError(RegressionFindings run)
        {
            RegressionStudy study = run.Study;
            double[] predictions = study.Model.Predictions(
                run.Training.FinalWeights, new TokenStatistics(study.Sequences!, study.Task.OutputScale, study.Task.VaryContext));
            double[] tokens = new double[(study.Task.ContextLength + 1) * (study.Task.InputDimension + 1)];
            return InContextPredictors.MeanSquare(
                predictions, [.. predictions.Select((_, i) => study.Sequences!.Read(i, tokens))]).StandardError;
        }
    }
}
