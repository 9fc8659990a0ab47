using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Statistics;

namespace Staircase.Lab;

/// <summary>Beyond the papers: attacks on contexts in closed form, the setting of Anwar, von Oswald, Kirsch et al. 2024.</summary>
internal sealed class HijackFigure() : Figure(
    "hijack", "Hijacking a context",
    "attacks on contexts in closed form: vulnerability rises with the staircase, and what training against attacks does", Beyond,
    Hijack.Result, SeparateFixedPoints.Result)
{
    private const double Flat = 2e-3; // plateaus are as flat as their length allows
    private const double Rounding = 1e-8; // an attack does what it says, but for rounding of numbers that may be large

    private const double StandardErrors = 4;

    /// <summary>
    /// Of a share: the part of order D/N by which linear attention and regression differ, and the chance of the sequences.
    /// </summary>
    private const double Share = 0.06;

    private static readonly string Theory = Own(Hijack.Result), Claim = Of(Paper.Anwar2024, "hijacking attacks");

    public override ReportSection Reproduce(Bench bench)
    {
        RegressionFindings run = bench.Regress(
            new RegressionExperiment { Init = 1e-3, Seed = 3, Tolerance = 1e-7, Checkpoints = Schedule.Every(5) });
        Sample sample = run.Study.Task.Sample(bench.Quick ? 2000 : 20_000, seed: 21);
        double[] wanted = [0.1, 0.3, 1, 3, 10, 30, 100];
        double[] final = run.Study.Model.InContextMatrix(run.Training.FinalWeights);
        Cost[] costs = [.. wanted.Select(δ => Cost.Of(sample, final, δ))];
        Adversary[] adversaries = bench.ForEach([0, 0.5, 1, 2, 4], ε => Adversary.Of(bench, ε));
        Transfer[] transfers = bench.ForEach(bench.Quick ? [31, 310] : new[] { 31, 100, 310, 1000 }, N => Transfer.Of(bench, N));
        return Titled with
        {
            Lead = "An adversary changes tokens of the context so that the model answers what he wants. Linear attention is "
                + "$\\hat y = \\sum_i y_i a_i$, $a_i = x_i^\\top M x_q / N$: the cost of an attack is a matter of $a$, and $a$ grows with "
                + "every component that is learned.",
            Plots = [Steps(run), Costs(wanted, costs), Trained(adversaries), Transfers(transfers)],
            Settings = run.Study.Settings,
            Checks =
            [
                .. OfSteps(run, sample), .. OfAttacks(wanted, costs), .. adversaries.SelectMany(a => a.Checks(adversaries[0])),
                .. OfTransfer(transfers),
            ],
            Tables = [Adversary.List(adversaries), Transfer.List(transfers)],
            Notes =
            [
                "The better the model reads its context, the cheaper it is hijacked: on plateau m the mean square of a is Σ m_d²λ_d²/N².",
                "Training against moved labels: without its cross term 2ε|e|‖a‖ the adversary's maximum is label noise of variance ε²k/N "
                + "(dashed). The cross term makes the model give up more at small ε already, weak components first.",
            ],
        };
    }

    private static double[] Matrix(RegressionFindings run, double[] weights) => run.Study.Model.InContextMatrix(weights);

    private static double VulnerabilityOf(RegressionFindings run, double[] weights) =>
        Hijack.Vulnerability(Matrix(run, weights), run.Study.Task.InputEigenvalues);

    private static double Predicted(RegressionFindings run, IEnumerable<int> learned) => learned.Sum(
        d => Pow(run.Study.Moments!.FullStrength(d) * run.Study.Task.InputEigenvalues[d], 2));

    private static IEnumerable<Check> OfSteps(RegressionFindings run, Sample sample)
    {
        int N = sample.ContextLength, D = sample.InputDimension;
        foreach (ComparedPlateau plateau in run.Comparison!.Plateaus)
        {
            double[] weights = run.Training.CheckpointOn(plateau.Measured)!.Weights;
            double vulnerability = VulnerabilityOf(run, weights), predicted = Predicted(run, plateau.Learned);
            string name = $"{plateau.Learned.Count} components learned";
            yield return Check.Absolute(
                $"{name}: vulnerability tr(MᵀΛMΛ) against Σ m_d²λ_d²", Theory, vulnerability, predicted, Flat * Max(predicted, 1));
            if (plateau.Learned.Count == 0)
                continue;
            double[] M = Matrix(run, weights), tokens = new double[(N + 1) * (D + 1)];
            double[] squares = [.. Range(0, (int)sample.Count).Select(i =>
            {
                sample.Read(i, tokens);
                return Hijack.Sensitivities(tokens, M, D).Sum(a => a * a) * N;
            })];
            yield return Check.AtMost(
                $"{name}: N · mean Σa² over fresh sequences against the vulnerability, in standard errors", Theory,
                Abs(squares.Average() - vulnerability) / (squares.StandardDeviation() / Sqrt(squares.Length)), StandardErrors);
        }
    }

    private static IEnumerable<Check> OfAttacks(double[] wanted, Cost[] costs)
    {
        yield return Check.AtMost(
            "one token forces any output: error of the prediction after label, input and joint attacks, worst sequence, over the change "
                + "wanted",
            Claim, costs.Max(cost => cost.WorstMiss), Rounding);
        yield return Check.AtMost(
            "a joint attack is never dearer than the label or the input alone: largest ratio", Theory,
                costs.Max(cost => cost.WorstRatio), 1 + 1e-9);
        yield return Check.Absolute("label attack: exponent of its cost in the change wanted", Theory, Exponent(c => c.Label), 1, 1e-9);
        yield return Check.Absolute("joint attack: exponent of its cost at large changes", Theory, Exponent(c => c.Joint), 0.5, 0.05);

        double Exponent(Func<Cost, double> of) => Log(of(costs[^1]) / of(costs[^2])) / Log(wanted[^1] / wanted[^2]);
    }

    private static IEnumerable<Check> OfTransfer(Transfer[] transfers)
    {
        Transfer shortest = transfers[0], longest = transfers[^1];
        yield return Check.Holds(
            $"attacks on linear attention reach principal component regression of as many components better at N = {longest.N} than at N = "
            + $"{shortest.N}, at every plateau",
            Theory, shortest.ToRegression.Zip(longest.ToRegression, (a, b) => Abs(b - 1) < Abs(a - 1)).All(x => x));
        for (int m = 1; m <= longest.FromLeastSquares.Length; m++)
        {
            yield return Check.Absolute(
                $"N = {longest.N}: share of an attack on least squares that reaches linear attention after {m} components, against m/D",
                    Theory,
                longest.FromLeastSquares[m - 1], (double)m / longest.FromLeastSquares.Length, Share);
        }
    }

    private static Plot Steps(RegressionFindings run)
    {
        IReadOnlyList<Checkpoint> checkpoints = run.Training.Checkpoints;
        return Plot.Of(
            "steps", "Vulnerability rises in the steps of the staircase", Axis.Logarithmic("time"), "loss, vulnerability tr(MᵀΛMΛ)",
            "Strokes: Σ m_d²λ_d² over the components learned on each plateau.",
            Series.Measured("loss", checkpoints.Where(c => c.Time > 100), c => c.Time!.Value, c => c.Loss, 1),
            Series.Measured(
                "vulnerability", checkpoints.Where(c => c.Time > 100), c => c.Time!.Value, c => VulnerabilityOf(run, c.Weights), 0),
            Series.Levels(
                "predicted", SeriesRole.PredictedPlateaus,
                run.Comparison!.Plateaus.Select(p => (Max(p.Measured.Start, 100), p.Measured.End, Predicted(run, p.Learned))), 0));
    }

    private static Plot Costs(double[] wanted, Cost[] costs) => Plot.Of(
        "cost", "What it costs to move the answer by δ through one token", Axis.Logarithmic("change δ of the answer"),
        Axis.Logarithmic("median norm of the attack"), "After training. Dotted: slopes 1 and ½.",
        Series.Measured("label", wanted, costs.Select(c => c.Label), 0), Series.Measured("input", wanted, costs.Select(c => c.Input), 1),
        Series.Measured("both", wanted, costs.Select(c => c.Joint), 2),
        Series.Guide("slope 1", wanted, wanted.Select(δ => 0.7 * costs[^1].Label * δ / wanted[^1]), 7),
        Series.Guide("slope ½", wanted, wanted.Select(δ => 0.7 * costs[^1].Joint * Sqrt(δ / wanted[^1])), 8));

    private static Plot Trained(Adversary[] adversaries) => Plot.Of(
        "adversarial", "Training against an adversary", "budget ε", "loss, vulnerability in the end",
        "Merged attention trained on the exact inner maximum over ‖Δy‖ ≤ ε.",
        Series.Measured("clean loss", adversaries, a => a.Budget, a => a.Clean, 1),
        Series.Measured("vulnerability", adversaries, a => a.Budget, a => a.Vulnerability, 0),
        Series.Predicted("vulnerability, label noise ε²", adversaries, a => a.Budget, a => a.NoiseVulnerability, 0));

    private static Plot Transfers(Transfer[] transfers) => Plot.Of(
        "transfer", "How much of an attack on least squares reaches linear attention", "components learned", "share of the change",
        "Label attacks on all tokens, mean over fresh sequences. Long contexts: m/D.",
        transfers.Select((t, i) => Series.Measured(
            $"N = {t.N}", Range(1, t.FromLeastSquares.Length).Select(m => (double)m), t.FromLeastSquares, i)));

    /// <summary>Attacks on the first token of each sequence.</summary>
    private sealed record Cost(double Label, double Input, double Joint, double WorstMiss, double WorstRatio)
    {
        public static Cost Of(Sample sample, double[] M, double change)
        {
            const int count = 300;
            int D = sample.InputDimension, N = sample.ContextLength;
            double[] tokens = new double[(N + 1) * (D + 1)], label = new double[count], input = new double[count],
                joint = new double[count];
            double miss = 0, ratio = 0;
            for (int i = 0; i < count; i++)
            {
                sample.Read(i, tokens);
                double[] a = Hijack.Sensitivities(tokens, M, D), u = Hijack.Direction(tokens, M, D), x = tokens[..D];
                double y = tokens[D], before = Predict(tokens, a);
                double dy = Hijack.LabelAttack(a.AsSpan(0, 1), change)[0];
                double[] dx = Hijack.InputAttack(y, u, N, change);
                (double[] jointInput, double jointLabel) = Hijack.JointAttack(x, y, u, N, change);
                (label[i], input[i]) = (Abs(dy), Norm(dx));
                joint[i] = Sqrt(Pow(Norm(jointInput), 2) + jointLabel * jointLabel);
                ratio = Max(ratio, joint[i] / Min(label[i], input[i]));
                foreach ((double[] Δx, double Δy) in ((double[], double)[])[(new double[D], dy), (dx, 0), (jointInput, jointLabel)])
                {
                    double[] attacked = [.. tokens];
                    for (int d = 0; d < D; d++)
                        attacked[d] += Δx[d];
                    attacked[D] += Δy;
                    double after = Predict(attacked, Hijack.Sensitivities(attacked, M, D));
                    miss = Max(miss, Abs(after - before - change) / change);
                }
            }

            return new(label.Median(), input.Median(), joint.Median(), miss, ratio);

            double Predict(double[] context, double[] a) => a.Select((ai, i) => ai * context[i * (D + 1) + D]).Sum();
        }

        private static double Norm(double[] v) => Sqrt(v.Sum(e => e * e));
    }

    /// <summary>Merged attention trained against labels moved by ‖Δy‖ ≤ ε.</summary>
    private sealed record Adversary(double Budget, double Clean, double Vulnerability, double NoiseVulnerability, double Worst,
        double WorstOfClean)
    {
        public static Adversary Of(Bench bench, double budget)
        {
            const int D = 4, N = 31;
            int count = bench.Quick ? 1500 : 8000;
            RegressionTask task = RegressionTask.Create(Spectrum.Linear(D), N);
            Sample sample = task.Sample(count, 31), fresh = task.Sample(count, 32);
            double[] attacked = Train(new AdversarialLoss(sample, count, N, budget)), clean = Train(task.PopulationLoss());
            ModeMoments noisy = ModeMoments.Of(task with { LabelNoise = budget * budget });
            double[] λ = task.InputEigenvalues.ToArray();
            var test = new AdversarialLoss(fresh, count, N, budget);
            return new(
                budget, task.PopulationLoss().Evaluate(attacked, new double[D * D]), Hijack.Vulnerability(attacked, λ),
                Range(0, D).Sum(d => Pow(noisy.FullStrength(d) * λ[d], 2)), test.Evaluate(attacked, new double[D * D]),
                test.Evaluate(clean, new double[D * D]));

            double[] Train(IAttentionLoss loss)
            {
                var model = new MergedAttention(D, D);
                double[] weights = model.Initialize(0.1, 5, InitializationScheme.Papers);

                // Steps, for the adversary's loss has kinks where an error changes its sign, at which a flow's solver would stick.
                Trajectory training = Descent.Run(
                    model, loss, weights, new GradientDescent(0.25), 800, cancellation: bench.Cancellation);
                return model.InContextMatrix(training.FinalWeights);
            }
        }

        public IEnumerable<Check> Checks(Adversary clean)
        {
            if (Budget == 0)
                yield break;
            yield return Check.Holds($"ε = {Budget}: less vulnerable than without an adversary", Claim,
                Vulnerability < clean.Vulnerability);
            yield return Check.Holds(
                $"ε = {Budget}: fresh sequences under attack are answered better than by the model that never saw one", Claim,
                    Worst < WorstOfClean);
        }

        public static Table List(Adversary[] adversaries) => Table.Of(
            "Training against an adversary who moves all labels by ‖Δy‖ ≤ ε",
            ["ε", "clean loss", "under attack", "under attack, trained clean", "vulnerability", "with label noise ε² instead"], adversaries,
            a => [Number(a.Budget), Number(a.Clean), Number(a.Worst), Number(a.WorstOfClean), Number(a.Vulnerability),
                Number(a.NoiseVulnerability)]);
    }

    /// <summary>
    /// The change that a label attack on linear attention, on plateau m = 1 … D, makes in other predictors, over that wanted.
    /// </summary>
    private sealed record Transfer(int N, double[] ToRegression, double[] FromLeastSquares)
    {
        public static Transfer Of(Bench bench, int N)
        {
            const int D = 4;
            int count = bench.Quick ? 400 : 2000;
            RegressionTask task = RegressionTask.Create(Spectrum.Linear(D), N);
            ModeMoments moments = ModeMoments.Of(task);
            Sample sample = task.Sample(count, 41);
            double[] tokens = new double[(N + 1) * (D + 1)], toRegression = new double[D], fromLeastSquares = new double[D];
            for (int i = 0; i < count; i++)
            {
                sample.Read(i, tokens);
                double[][] regressions = [.. Range(1, D).Select(m => Regression(tokens, m))];
                for (int m = 1; m <= D; m++)
                {
                    double[] a = Hijack.Sensitivities(tokens, moments.MapOf([.. Range(0, m)]), D);
                    double size = a.Sum(x => x * x);
                    toRegression[m - 1] += Dot(regressions[m - 1], a) / size / count;
                    fromLeastSquares[m - 1] += Dot(regressions[D - 1], a) / Dot(regressions[D - 1], regressions[D - 1]) / count;
                }
            }

            return new(N, toRegression, fromLeastSquares);

            static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

            // a of least squares on the first m components: x_qᵀ(XXᵀ)⁻¹xᵢ there.
            double[] Regression(double[] context, int m)
            {
                var X = Matrix<double>.Build.Dense(N, m, (n, d) => context[n * (D + 1) + d]);
                var query = Vector<double>.Build.Dense(m, d => context[N * (D + 1) + d]);
                return (X * X.TransposeThisAndMultiply(X).Solve(query)).ToArray();
            }
        }

        public static Table List(Transfer[] transfers) => Table.Of(
            "Transfer of label attacks between linear attention after m components and regressions: share of the change wanted",
            [
                "N", .. Range(1, 4).Select(m => $"to regression on {m}, m = {m}"),
                .. Range(1, 4).Select(m => $"from least squares, m = {m}"),
            ],
            transfers, t => [$"{t.N}", .. t.ToRegression.Concat(t.FromLeastSquares).Select(x => Number(x, 3))]);
    }
}
