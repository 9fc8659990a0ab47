namespace Staircase.Lab;

/// <summary>Beyond the papers: ridge regression or memory, the setting of Raventós et al. 2023 under exact training.</summary>
internal sealed class RidgeOrMemory() : Figure(
    "ridge-or-memory", "Ridge regression or memory",
    "finitely many tasks under exact training: distance to ridge regression and to the memory of the tasks", Beyond,
    FiniteTaskSet.Result, MergedFixedPoints.Result)
{
    private const int D = 4, N = 16;

    private const double Noise = 0.25, StandardErrors = 4;

    /// <summary>
    /// Of a distance: what it may rise after its minimum, over its value at the start, and still be the flow's last digits.
    /// </summary>
    private const double Rise = 0.01;

    private static readonly string Theory = Own(FiniteTaskSet.Result), Setting = Of(Paper.Raventos2023, "§2");

    public override ReportSection Reproduce(Bench bench)
    {
        int[] counts = bench.Quick ? [2, 8, 32, 512] : [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
        Training[] trainings = bench.ForEach(counts, count => Training.Of(bench, count));
        return Titled with
        {
            Lead = "Tasks of training are a finite set of $T$ vectors. Ridge regression generalizes to all tasks; Bayes' prediction over "
                + "the set memorizes it. Linear attention sees the second moment of the set alone.",
            Plots = [Courses(trainings), Ends(trainings)],
            Checks = [.. trainings.SelectMany(t => t.Checks()), .. OfEnds(trainings)],
            Tables = [Training.List(trainings)],
            Notes =
            [
                $"D = {D}, N = {N}, σ² = {Noise}, white inputs, T tasks in pairs ±w; separate attention of rank 1, gradient flow of the "
                    + "expected loss on the set. Distances are mean squared differences of predictions on fresh contexts of the tasks of "
                    + "training, a dimension, as in the literature.",
                "Transformers that pass by ridge regression and memorize later need something that tells tasks apart; linear attention has "
                    + "no such thing, at any T and any time.",
            ],
        };
    }

    private static IEnumerable<Check> OfEnds(Training[] trainings)
    {
        yield return Check.Holds(
            $"memory and ridge regression come together, slowly: they are nearer at T = {trainings[^1].Count} than at T = 2 and 8", Setting,
            trainings[^1].Apart < trainings.Where(t => t.Count <= 8).Min(t => t.Apart));
        yield return Check.Holds(
            "linear attention is nearer to ridge regression than to memory in the end wherever the two are apart (T ≥ 2D)", Theory,
            trainings.Where(t => t.Count is >= 2 * D and < 128).All(t => t.ToRidge[^1] < t.ToMemory[^1]));
    }

    private static Plot Courses(Training[] trainings) => Plot.Of(
        "courses", "Distance over training", Axis.Logarithmic("time"), Axis.Logarithmic("mean squared difference/D"),
        "Solid: to ridge regression. Dotted: to Bayes over the tasks of training.",
        trainings.Where(t => t.Count is 2 or 8 or 512).SelectMany((t, i) => (Series[])
        [
            Series.Measured($"T = {t.Count}, to ridge", t.Times, t.ToRidge, i),
            Series.Guide($"T = {t.Count}, to memory", t.Times, t.ToMemory, i),
        ]));

    private static Plot Ends(Training[] trainings) => Plot.Of(
        "ends", "Where training ends", Axis.Logarithmic("tasks T"), Axis.Logarithmic("mean squared difference/D"),
        "On fresh contexts of the tasks of training.",
        Series.Points("to ridge", trainings, t => t.Count, t => t.ToRidge[^1], 0),
        Series.Points("to memory", trainings, t => t.Count, t => t.ToMemory[^1], 1),
        Series.Guide("ridge to memory", trainings, t => t.Count, t => t.Apart, 7));

    /// <summary>One set of tasks.</summary>
    private sealed record Training(
        int Count, double[] Times, double[] ToRidge, double[] ToMemory, double Apart, double Final, double Least,
        (double Mean, double StandardError) Attention, (double Mean, double StandardError) Ridge,
        (double Mean, double StandardError) Memory)
    {
        public static Training Of(Bench bench, int count)
        {
            double[][] tasks = FiniteTaskSet.Draw(D, count, seed: (ulong)count);
            RegressionTask task = RegressionTask.Create(Spectrum.Of(Repeat(1.0, D)), N) with { LabelNoise = Noise };
            RegressionTask moments = task with { TaskCovariance = FiniteTaskSet.SecondMoment(tasks) };
            var model = new SeparateAttention(D, D + 1, 1);
            double[] times = [.. Range(0, 33).Select(k => Pow(10, k / 8.0))];
            IReadOnlyList<Checkpoint> course = GradientFlow.At(
                new Objective(model, moments.PopulationLoss()), model.Initialize(0.05, 2, InitializationScheme.Papers), times,
                new FlowOptions { RelativeTolerance = 1e-6 }, bench.Cancellation);
            int sequences = bench.Quick ? 2000 : 10_000;
            Sample sample = (task with { TaskVectors = tasks }).Sample(sequences, 51);
            double[] ridge = new RidgePredictor(Noise).Predictions(sample, sequences);
            double[] memory = new DiscreteBayesPredictor(tasks, Noise).Predictions(sample, sequences);
            var statistics = new TokenStatistics(sample, task.OutputScale, varyContext: false);
            double[][] predictions = [.. course.Select(at => model.Predictions(at.Weights, statistics))];
            double[] tokens = new double[(N + 1) * (D + 1)], targets = [.. ridge.Select((_, i) => sample.Read(i, tokens))];
            return new(
                count, times, [.. predictions.Select(p => InContextPredictors.MeanSquare(p, ridge).Mean / D)],
                [.. predictions.Select(p => InContextPredictors.MeanSquare(p, memory).Mean / D)],
                InContextPredictors.MeanSquare(ridge, memory).Mean / D, course[^1].Loss, MergedFixedPoints.MinimumLoss(moments),
                InContextPredictors.MeanSquare(predictions[^1], targets), InContextPredictors.MeanSquare(ridge, targets),
                InContextPredictors.MeanSquare(memory, targets));
        }

        public IEnumerable<Check> Checks()
        {
            yield return Check.AtMost(
                $"T = {Count}: loss on the drawn tasks in the end against that of their second moment, in standard errors", Theory,
                Abs(Attention.Mean - Final) / Attention.StandardError, StandardErrors);
            yield return Check.Relative($"T = {Count}: loss in the end against the least of Gaussian tasks with Ω_T", Theory, Final,
                Least, 1e-3);
            yield return Check.Holds(
                $"T = {Count}: on the tasks of training memory is no worse than ridge regression and than linear attention, to 4 "
                    + $"standard errors",
                Setting, Memory.Mean < Min(Ridge.Mean, Attention.Mean) + StandardErrors * Memory.StandardError);
            yield return Check.AtMost(
                $"T = {Count}: rise of the distance to ridge regression after its minimum, over its value at the start (no transience)",
                    Theory,
                (ToRidge[^1] - ToRidge.Min()) / ToRidge[0], Count >= 2 * D ? Rise : 1);
        }

        public static Table List(Training[] trainings) => Table.Of(
            "Losses on the tasks of training, and distances in the end",
            ["T", "linear attention", "ridge", "memory", "to ridge", "to memory", "ridge to memory"], trainings,
            t =>
            [
                $"{t.Count}", Number(t.Attention.Mean), Number(t.Ridge.Mean), Number(t.Memory.Mean), Number(t.ToRidge[^1]),
                    Number(t.ToMemory[^1]),
                Number(t.Apart),
            ]);
    }
}
