namespace Staircase.Lab;

/// <summary>Beyond the papers: contexts that mix several tasks, the setting of Jin, Balasubramanian, Lai 2024.</summary>
internal sealed class Mixture() : Figure(
    "mixture", "Contexts that mix several tasks",
    "contexts that mix several tasks: the same staircase, later and above a floor", Beyond,
    MixtureStaircase.Result, SeparateFixedPoints.Result, HeadRace.Result, MergedFixedPoints.Result)
{
    private const double Height = 1e-3; // a plateau is as flat as its length allows: heads still relax by 1e-3 of the loss half-way through
    private const double Delay = 0.01; // of the time of a drop, whose own width does not scale with the delay: 1/ln of the start
    private const double Minimum = 1e-6; // trained to rest: what is left is the tolerance of the flow

    /// <summary>A sampled loss may lie this many standard errors off: 1 in 16,000 by chance, and the seeds are fixed.</summary>
    private const double StandardErrors = 4;

    private const double SoftmaxGain = 0.05; // the test's own chance; where signs are told apart, as Bayes does, half and more is gained
    private const double Unknown = 0.05; // to know β is to know 95 % of its variance

    private const double Noise = 0.1;

    private const int LongestBayes = 12; // the longest context of which all choices of components are summed over
    private const int Long = 24; // a context that is long enough to tell the components apart

    private static readonly TaskMixture Pair = TaskMixture.Antipodal(0.8), Equal = TaskMixture.Uniform(3),
        Unequal = TaskMixture.Independent(0.6, 0.3, 0.1);

    private static readonly string Theory = Own(MixtureStaircase.Result);

    public override ReportSection Reproduce(Bench bench)
    {
        TaskMixture[] mixtures =
            [TaskMixture.Uniform(1), TaskMixture.Uniform(2), TaskMixture.Uniform(4), TaskMixture.Independent(0.5, 0.3, 0.2)];
        RegressionFindings[] runs = bench.ForEach(mixtures, mixture => bench.Regress(
            new RegressionExperiment { Mixture = mixture, Init = 1e-3, Tolerance = 1e-7, Seed = 1 }));
        double[] weights = [.. Range(0, 11).Select(k => 0.5 + 0.05 * k)];
        Contexts[] byWeight = bench.ForEach(weights[..^1], π => Contexts.Of(bench, TaskOf(TaskMixture.Antipodal(π), 10)));
        int[] lengths = bench.Quick ? [3, 6, 24] : [3, 6, 9, 12, 24, 48, 96];
        Contexts[] pair = ByLength(Pair), equal = ByLength(Equal), unequal = ByLength(Unequal);

        // One after the other: each uses all cores by itself.
        Softmax[] ofPair = [.. (bench.Quick ? [6] : new[] { 6, 12, 24 }).Select(N => Softmax.Of(bench, TaskOf(Pair, N)))];
        Softmax[] ofEqual = bench.Quick ? [] : [Softmax.Of(bench, TaskOf(Equal, 9))];
        return Titled with
        {
            Lead = "Every token, and the query, follows one of several task vectors, drawn anew. What linear attention sees of that is "
                + "$\\bar\\kappa = \\sum_k \\pi_k^2$ alone: each drop comes $1/\\bar\\kappa$ times later, and nobody passes below "
                + "$(1 - \\bar\\kappa)\\,\\mathrm{tr}\\,\\Lambda$.",
            Plots =
            [
                Staircases(runs), ByWeight(byWeight), OverLengths("context", "The pair ±β, π = 0.8", pair, ofPair),
                OverLengths("components", "Three tasks of equal weight", equal, ofEqual),
            ],
            Settings = runs[1].Study.Settings,
            Checks =
            [
                .. mixtures.Zip(runs).SelectMany(pair => OfStaircase(pair.First, pair.Second, runs[0])),
                .. OfPredictors("pair ±β", [.. byWeight, .. pair]), .. OfPredictors("three tasks", [.. equal, .. unequal]),
                .. OfEqualPair(), .. OfSoftmax("pair", ofPair, pair), .. OfSoftmax("three tasks", ofEqual, equal),
            ],
            Tables = [Drops(mixtures, runs), Excess(pair, ofPair), Excess(equal, ofEqual), Excess(unequal, [])],
            Notes =
            [
                "The floor is that of whoever knows all the components: the query's own is drawn independently of the context, so that "
                + "Σ π_k β_kᵀx_q is the best answer there is. What algorithms differ in is how long a context they need to come near it.",
                "On the equal pair ±β the best answer is 0 although the context tells β up to its sign: a model that is trained on the "
                + "squared error of such queries has nothing to learn, whatever its architecture.",
                "Bayes sums over all ways in which the tokens of a context may have chosen among the components; expectation maximization "
                + "knows the weights, starts from eight draws of the prior and keeps the likeliest end.",
                $"Softmax attention: 4 merged heads, Adam on {Whole(Softmax.Sequences(bench))} sequences, tested on fresh ones. One "
                + "layer of it gains nothing over linear attention here: telling components apart takes the product of a label with a "
                + "prediction of it, which is a second layer.",
            ],
        };

        Contexts[] ByLength(TaskMixture mixture) => bench.ForEach(lengths, N => Contexts.Of(bench, TaskOf(mixture, N)));
    }

    private static RegressionTask TaskOf(TaskMixture mixture, int N) =>
        RegressionTask.Create(Spectrum.Linear(2), N) with { Mixture = mixture, LabelNoise = Noise };

    /// <summary>L(S) = tr Λ − Σ κ̄² λ³/A, written out for Ω = I and no noise.</summary>
    private static double HeightOf(RegressionTask task, IEnumerable<int> learned)
    {
        double N = task.ContextLength, κ = task.Mixture!.Weights.Sum(π => π * π), trace = task.Spectrum.Trace;
        double[] λ = task.InputEigenvalues.ToArray();
        return trace - learned.Sum(d => κ * κ * Pow(λ[d], 3) / (κ * (1 - 1 / N) * λ[d] * λ[d] + λ[d] * (2 * λ[d] + trace) / N));
    }

    private static IEnumerable<Check> OfStaircase(TaskMixture mixture, RegressionFindings run, RegressionFindings plain)
    {
        IReadOnlyList<ComparedPlateau> plateaus = run.Comparison!.Plateaus;
        int D = run.Study.Model.InputDimension;
        double worst = plateaus.Max(p => Abs(p.Measured.Height / HeightOf(run.Study.Task, p.Learned) - 1));
        yield return Same(
            $"π = {mixture}: plateaus", Theory, plateaus.Select(p => Components(p.Learned)),
            Range(0, D + 1).Select(m => Components([.. Range(0, m)])), "; ");
        yield return Check.AtMost($"π = {mixture}: height of a plateau against L(S), worst, relative error", Theory, worst, Height);
        yield return Check.Relative(
            $"π = {mixture}: loss in the end", Theory, run.Training.Losses[^1], HeightOf(run.Study.Task, Range(0, D)), 1e-4);
        if (mixture.Weights.Count > 1)
        {
            double[] drops = run.HalfWay(), before = plain.HalfWay();
            yield return Check.AtMost(
                $"π = {mixture}: times of the drops over those of one task against 1/κ̄ = {Number(MixtureStaircase.Delay(mixture))}, "
                + "worst, relative error",
                Theory, drops.Zip(before, (t, t1) => Abs(t / t1 / MixtureStaircase.Delay(mixture) - 1)).Max(), Delay);
        }
    }

    private static IEnumerable<Check> OfPredictors(string of, Contexts[] all)
    {
        Contexts[] summed = [.. all.Where(contexts => contexts.Bayes is not null)];
        yield return Check.AtMost(
            $"{of}: sampled loss of linear attention at its minimum against the closed form, worst setting, in standard errors", Theory,
            all.Where(contexts => contexts.Task.Agreement > 0)
                .Max(contexts => Abs(contexts.Sampled.Mean - contexts.Linear) / contexts.Sampled.StandardError), StandardErrors);
        yield return Check.Holds(
            $"{of}: Bayes is at least as good as linear attention and as EM, to 4 standard errors, in every setting", Theory,
            summed.All(contexts => contexts.Bayes!.Value.Mean
                <= Min(contexts.Linear, contexts.Maximization.Mean) + StandardErrors * contexts.Bayes.Value.StandardError));
        yield return Check.AtMost(
            $"{of}: Bayes' answer times its error, which is 0 in the mean of a posterior mean, worst setting, in standard errors", Theory,
            summed.Where(contexts => contexts.Task.Agreement > 0).Max(contexts => contexts.Bias!.Value), StandardErrors);
        yield return Check.Holds(
            $"{of}, N ≥ {Long}: EM is better than linear attention, by 4 standard errors, in every setting", Theory,
            all.Where(contexts => contexts.Task.ContextLength >= Long).All(contexts
                => contexts.Maximization.Mean + StandardErrors * contexts.Maximization.StandardError < contexts.Linear));
    }

    private static IEnumerable<Check> OfEqualPair()
    {
        RegressionTask task = TaskOf(TaskMixture.Antipodal(0.5), 48);
        yield return Check.Absolute("equal pair: drive of the first component", Theory, ModeMoments.Of(task).Drive[0], 0, 1e-15);
        yield return Check.AtMost(
            $"equal pair, N = {task.ContextLength}: what EM does not know of β up to its sign, although the best answer is 0, over "
            + "the variance of β",
            Theory, ErrorOfEstimate(task), Unknown);
    }

    private static IEnumerable<Check> OfSoftmax(string of, Softmax[] softmax, Contexts[] byLength) => softmax.Select(s => Check.AtMost(
        $"{of}, N = {s.N}: what one trained layer of softmax attention gains over linear attention, a part of the loss above the floor",
        Theory, 1 - s.Excess.Mean / byLength.Single(contexts => contexts.Task.ContextLength == s.N).Linear, SoftmaxGain));

    private static Plot Staircases(RegressionFindings[] runs) => Plot.Of(
        "staircase", "The staircase of contexts that mix tasks", Axis.Logarithmic("time"), "loss",
        "Dashed: predicted from the initial weights alone. Dotted: the floor (1 − κ̄) tr Λ.",
        runs.SelectMany((run, i) =>
        {
            string name = $"κ̄ = {Number(run.Study.Task.Agreement, 2)}";
            Prediction prediction = run.Study.Prediction!;
            double[] times = [.. prediction.CurveTimes().Where(t => t > 100)], all = [.. run.Training.Times!.Where(t => t > 100)];
            double floor = MixtureStaircase.Floor(run.Study.Task);
            return (Series[])
            [
                Series.Measured(name, all, run.Training.Losses.Skip(run.Training.Count - all.Length), i),
                Series.Predicted($"{name}, predicted", times, times.Select(prediction.LossAt), i),
                Series.Guide($"{name}, floor", [all[0], all[^1]], [floor, floor], i),
            ];
        }));

    private static Plot ByWeight(Contexts[] pairs) => Plot.Of(
        "pair", "The pair ±β: loss after training, N = 10", "weight π of +β", "loss",
        "D = 2, label noise 0.1. Points: sampled, beside the best answer. Dashed: the minimum of linear attention. Dotted: the floor, 1 "
            + "− (2π − 1)².",
        [
            Series.Predicted("linear attention", pairs, pair => pair.Weight, pair => pair.Floor + pair.Linear, 0),
            Series.Points("linear attention, sampled", pairs, pair => pair.Weight, pair => pair.Floor + pair.Sampled.Mean, 0),
            Series.Points("expectation maximization", pairs, pair => pair.Weight, pair => pair.Floor + pair.Maximization.Mean, 1),
            Series.Points("Bayes", pairs, pair => pair.Weight, pair => pair.Floor + pair.Bayes!.Value.Mean, 2),
            Series.Guide("floor", pairs, pair => pair.Weight, pair => pair.Floor, 3),
        ]);

    private static Plot OverLengths(string id, string title, Contexts[] pairs, Softmax[] softmax) => Plot.Of(
        id, $"{title}: loss above the floor", Axis.Logarithmic("context length N"), Axis.Logarithmic("excess loss"),
        "Attention averages over the components, with a softmax, too; whoever tells them apart needs a shorter context.",
        [
            Series.Predicted("linear attention", pairs, pair => pair.Task.ContextLength, pair => pair.Linear, 0),
            Series.Points("linear attention, sampled", pairs, pair => pair.Task.ContextLength, pair => pair.Sampled.Mean, 0),
            Series.Points(
                "expectation maximization", pairs, pair => pair.Task.ContextLength, pair => pair.Maximization.Mean, 1),
            Series.Points(
                "Bayes", pairs.Where(pair => pair.Bayes is not null), pair => pair.Task.ContextLength,
                pair => pair.Bayes!.Value.Mean, 2),
            .. softmax.Length == 0 ? Array.Empty<Series>()
                : [Series.Points("softmax attention", softmax, s => s.N, s => s.Excess.Mean, 4)],
        ]);

    private static Table Drops(TaskMixture[] mixtures, RegressionFindings[] runs) => Table.Of(
        "When each component is half learned, and the loss in the end",
        ["π", "κ̄", .. Range(1, runs[0].Study.Model.InputDimension).Select(d => $"component {d}"), "end", "floor"],
        mixtures.Zip(runs),
        pair =>
        [
            $"{pair.First}", Number(pair.First.Agreement), .. pair.Second.HalfWay().Select(t => Position(t)),
            Number(pair.Second.Training.Losses[^1]), Number(MixtureStaircase.Floor(pair.Second.Study.Task)),
        ]);

    private static Table Excess(Contexts[] pairs, Softmax[] softmax) => Table.Of(
        $"{Named(pairs[0].Task.Mixture!)}: loss above the floor, with standard errors",
        ["N", "linear attention", "sampled", "expectation maximization", "Bayes", "softmax attention"], pairs,
        pair =>
        [
            $"{pair.Task.ContextLength}", Number(pair.Linear), With(pair.Sampled), With(pair.Maximization), With(pair.Bayes),
            With(softmax.FirstOrDefault(s => s.N == pair.Task.ContextLength)?.Excess),
        ]);

    private static string Named(TaskMixture mixture) => mixture.IsAntipodal
        ? $"±β, π = {Number(mixture.Weights[0])}"
        : $"π = {string.Join(", ", mixture.Weights.Select(π => Number(π, 3)))}";

    private static string With((double Mean, double StandardError)? loss) => loss is { } known
        ? $"{Number(known.Mean, 3)} ± {Number(known.StandardError, 1)}"
        : "—";

    /// <summary>Contexts of a mixture, and by how much each algorithm's loss lies above the floor.</summary>
    private sealed record Contexts(
        RegressionTask Task, double Linear, (double Mean, double StandardError) Sampled, (double Mean, double StandardError) Maximization,
        (double Mean, double StandardError)? Bayes)
    {
        public double Weight => Task.Mixture!.Weights[0];

        public double Floor => MixtureStaircase.Floor(Task);

        /// <summary>How far Bayes' answer is from being orthogonal to its own error, as a posterior mean is, in standard errors.</summary>
        public double? Bias { get; private init; }

        public static Contexts Of(Bench bench, RegressionTask task)
        {
            int count = bench.Quick ? 1000 : 5000;
            TaskMixture mixture = task.Mixture!;
            double[] best = Best(task, count);
            double[]? bayes = task.ContextLength <= LongestBayes
                ? new MixtureBayes(mixture, task.LabelNoise).Predictions(Sequences(task, count), count)
                : null;
            return new(
                task, MergedFixedPoints.MinimumLoss(task) - MixtureStaircase.Floor(task),
                InContextPredictors.MeanSquare(LinearPredictions(task, count), best),
                InContextPredictors.MeanSquare(
                    new MixtureMaximization(mixture, task.LabelNoise).Predictions(Sequences(task, count), count), best),
                bayes is null ? null : InContextPredictors.MeanSquare(bayes, best))
            {
                Bias = bayes is null ? null : InStandardErrors([.. bayes.Zip(best, (answer, b) => answer * (b - answer))]),
            };
        }

        public static Sample Sequences(RegressionTask task, int count) => task.Sample(count, seed: 11);

        /// <summary>
        /// Σ_k π_kβ_kᵀx_q on the first sequences: the best answer, beside which a prediction loses what the query's own chance does not
        /// take.
        /// </summary>
        public static double[] Best(RegressionTask task, int count)
        {
            // The same seed draws the same vectors, inputs and noise whatever the weights: with all weight on one component, its target.
            TaskMixture mixture = task.Mixture!;
            var best = new double[count];
            var tokens = new double[(task.ContextLength + 1) * (task.InputDimension + 1)];
            for (int k = 0; k < mixture.Weights.Count; k++)
            {
                Sample alone = Sequences(task with { Mixture = Only(mixture, k) }, count);
                for (int i = 0; i < count; i++)
                    best[i] += mixture.Weights[k] * alone.Read(i, tokens);
            }

            return best;
        }

        private static TaskMixture Only(TaskMixture mixture, int component) => mixture.IsAntipodal
            ? TaskMixture.Antipodal(component == 0 ? 1 : 0)
            : TaskMixture.Independent(mixture.Weights.Select((_, k) => k == component ? 1.0 : 0));

        private static double InStandardErrors(double[] numbers)
        {
            double mean = numbers.Average();
            return Abs(mean) / Sqrt(numbers.Average(x => (x - mean) * (x - mean)) / (numbers.Length - 1));
        }

        /// <summary>Linear attention at its minimum.</summary>
        private static double[] LinearPredictions(RegressionTask task, int count) =>
            new MergedAttention(task.InputDimension, heads: 1).Predictions(
                [1, .. MergedFixedPoints.GlobalMinimum(task).ToRowMajorArray()],
                new TokenStatistics(Sequences(task, count), task.OutputScale, varyContext: false));
    }

    /// <summary>
    /// What expectation maximization does not know of β on contexts of the pair: the squared distance to the nearer of ±β, a coordinate.
    /// </summary>
    private static double ErrorOfEstimate(RegressionTask task)
    {
        const int count = 500;
        int D = task.InputDimension;
        var maximization = new PairMaximization(task.Mixture!.Weights[0], task.LabelNoise);
        Sample sample = Contexts.Sequences(task, count), plain = Contexts.Sequences(task with { Mixture = null, LabelNoise = 0 }, count);
        double[] tokens = new double[(task.ContextLength + 1) * (D + 1)], pure = new double[tokens.Length];
        var exact = new RidgePredictor(0); // regression on labels without noise reads β off
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sample.Read(i, tokens);
            plain.Read(i, pure);
            double[] β = exact.Estimate(pure, D), estimate = maximization.Estimate(tokens, D);
            sum += Min(Distance(1), Distance(-1)) / D;

            double Distance(int sign) => β.Zip(estimate, (b, e) => (b - sign * e) * (b - sign * e)).Sum();
        }

        return sum / count;
    }

    /// <summary>Softmax attention trained on a mixture, and its loss above the floor.</summary>
    private sealed record Softmax(int N, (double Mean, double StandardError) Excess)
    {
        public static int Sequences(Bench bench) => bench.Quick ? 4000 : 10_000;

        public static Softmax Of(Bench bench, RegressionTask task)
        {
            RegressionFindings run = bench.Regress(new RegressionExperiment
            {
                Softmax = true,
                Attention = AttentionKind.Merged,
                Heads = 4,
                Dimension = 2,
                Context = task.ContextLength,
                Mixture = task.Mixture,
                Noise = task.LabelNoise,
                Data = new(DataKind.Sample, Sequences(bench)),
                Basis = BasisKind.Eigen,
                Init = 0.3,
                Optimizer = OptimizerKind.Adam,
                LearningRate = 0.01,
                Steps = bench.Quick ? 300 : 800,
                Record = Schedule.Every(50),
                Seed = 1,
            });
            var predictions = new double[bench.Quick ? 4000 : 20_000];
            SoftmaxObjective.FullBatch(run.Study.Model, Contexts.Sequences(task, predictions.Length))
                .Predict(run.Training.FinalWeights, predictions);
            return new(
                task.ContextLength, InContextPredictors.MeanSquare(predictions, Contexts.Best(task, predictions.Length)));
        }
    }
}
