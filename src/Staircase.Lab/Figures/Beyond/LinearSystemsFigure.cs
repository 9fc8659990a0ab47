using MathNet.Numerics.LinearAlgebra;

namespace Staircase.Lab;

/// <summary>Beyond the papers: linear systems in context, the setting of Cole, Lu, Xu, Zhang 2024, with constants and training.</summary>
internal sealed class LinearSystemsFigure() : Figure(
    "linear-systems", "Linear systems in context",
    "linear systems in context: risk with constants, shifts, and what diverse tasks make training forget", Beyond,
    LinearSystems.Result, MatrixFlow.Result)
{
    /// <summary>The published errors are means of ratios, ours a ratio of means: by Jensen theirs are lower, by up to this.</summary>
    private const double MeanOfRatios = 0.045;

    private const double Trained = 0.08; // 500 test tasks, and a trained model whose training error counts, too
    private const double Shift = 0.04; // mean of ratios over the published number of test tasks
    private const double HandSet = 0.02; // three digits are printed, and again means of ratios; a floor with 1/√N' would be off by 3 %

    private const double StandardErrors = 4;

    private const int Published = 10;

    /// <summary>Published errors by test length.</summary>
    private static readonly (double Length, double Error)[] AtLengths =
        [(500, .1438), (1000, .1007), (2000, .0719), (4000, .0524), (8000, .0356), (16_000, .0262)];

    private static readonly string Theory = Own(LinearSystems.Result), Numbers = Of(Paper.Cole2024, "result files");

    public override ReportSection Reproduce(Bench bench)
    {
        ulong[] seeds = [.. Range(1, bench.Quick ? 6 : 20).Select(i => (ulong)i)];
        Start[] shared = bench.ForEach(seeds, seed => Start.Of(bench, seed, diverse: false));
        Start[] diverse = bench.ForEach(seeds, seed => Start.Of(bench, seed, diverse: true));
        int[] counts = bench.Quick ? [4, 16, 64] : [2, 4, 8, 16, 32, 64, 128];
        Finite[] finite = bench.ForEach(counts, count => Finite.Of(bench, count));
        (double Rho, double Ratio)[] shifts = bench.ForEach([0.2, 0.4, 0.6, 0.8], rho => (rho, Shifted.MeanOfRatios(bench, rho)));
        return Titled with
        {
            Lead = "$W = A^{-1}$ makes vector-valued tasks of linear systems $Ay = x$. The risk has constants, and training at the minimum "
                + "is not the whole story: on tasks that share eigenvectors the start survives.",
            Plots = [Lengths(), Floors(), Survival(shared, diverse), Counts(finite)],
            Checks = [.. OfNumbers(shifts), .. OfRisk(bench), .. OfDiversity(shared, diverse), .. OfFinite(finite)],
            Tables = [Start.List(shared, diverse)],
            Notes =
            [
                "Published numbers: D = 10, A = QDQᵀ with D ~ U[1, 2]. Errors in N' are relative L² errors at optimal weights; errors in N "
                    + "are the shifted mean squared error, a coordinate, of trained weights; those under covariance shift belong to Σ_ρ "
                    + "with 1 on the diagonal and ρ off it, which their size gives away. How high the floor of weights that are set by "
                    + "hand lies depends on numbers that were drawn without a seed; that there is one, with a risk that falls as 1/N' "
                    + "towards it, does not.",
                "Diverse tasks have no other minima of zero loss than p = cI, q = I/c, but training need not come there: from most small "
                    + "starts it rests in a pattern of signs, at a higher loss, up to epoch 30,000. What diversity ensures is that the "
                    + "risk of training tells that on other tasks.",
                "On tasks that share eigenvectors training fixes p_iq_i and the flow keeps p_i² − q_i², so that from a small start p_i ≈ "
                    + "q_i ≈ ±: one sign a mode is left of the start. On other tasks mode i then answers for mode j with the wrong sign "
                    + "wherever they differ.",
            ],
        };
    }

    private static IEnumerable<Check> OfNumbers((double Rho, double Ratio)[] shifts)
    {
        foreach ((double length, double error) in AtLengths)
        {
            yield return Check.Relative(
                $"relative L² error at test length {Whole(length)}, published, against √((D + 1)/N')", Numbers, error,
                Sqrt(LinearSystems.RelativeRisk(Published, 1e12, length)), MeanOfRatios);
        }

        // E‖W‖²_F/D = E d⁻² = ½ for d uniform on [1, 2].
        foreach ((int length, double error) in ((int, double)[])[(200, 1.437e-3), (320, 5.81e-4), (512, 2.29e-4), (819, 9.23e-5)])
        {
            yield return Check.Relative(
                $"mean squared error of training length {length}, published, against ½(1 − s)²", Numbers, error,
                0.5 * LinearSystems.RelativeRisk(Published, length, 1e12), Trained);
        }

        foreach (((double rho, double ratio), double error) in shifts.Zip([.80, 1.91, 3.36, 5.22]))
        {
            yield return Check.Relative(
                $"covariance shift ρ = {rho}: published error, flat in N', against the mean of ‖W(Σ − I)x‖/‖Wx‖", Numbers, error, ratio,
                    Shift);
        }

        (int Length, double Error)[] handSet = [(500, .176), (1000, .136), (2000, .111), (4000, .095), (8000, .085), (16_000, .079)];
        yield return Check.AtMost(
            "weights set by hand, test lengths 500 to 16,000: published error against √(a + b/N'), the two constants fitted, worst",
            Numbers, Residual([.. handSet.Select(point => (1.0 / point.Length, point.Error * point.Error))]) / 2, HandSet);
    }

    /// <summary>The largest relative distance of points from the line a + bx whose relative squares are least.</summary>
    private static double Residual((double X, double Y)[] points)
    {
        // Divided by y each: a/y + b x/y = 1.
        var equations = Matrix<double>.Build.DenseOfRows(points.Select(point => (double[])[1 / point.Y, point.X / point.Y]));
        Vector<double> ones = Vector<double>.Build.Dense(points.Length, 1);
        return (equations * equations.QR().Solve(ones) - ones).AbsoluteMaximum();
    }

    /// <summary>Exact risk against drawn contexts, at another length and another covariance than those of training.</summary>
    private static IEnumerable<Check> OfRisk(Bench bench)
    {
        const int D = 3, N = 20;
        int count = bench.Quick ? 40_000 : 400_000;
        double[][,] tasks = Systems.Draw(D, 5, seed: 3, diverse: true);
        var test = new VectorRegressionTask(Spectrum.Of(2, 1, 0.4), N, TaskSet.Of(tasks));
        double[] weights = new double[2 * D * D];
        new RandomStream(8, RandomPurpose.Weights).FillNormal(weights);
        for (int i = 0; i < weights.Length; i++)
            weights[i] = 0.3 * weights[i] + (i % (D * D) % (D + 1) == 0 ? 1 : 0);
        double exact = LinearSystems.Risk(test, weights), sum = 0, squares = 0;
        double[] λ = test.InputEigenvalues.ToArray();
        Matrix<double> p = Systems.Matrix(weights[..(D * D)], D), q = Systems.Matrix(weights[(D * D)..], D);
        var random = new RandomStream(9, RandomPurpose.Inputs);
        for (int i = 0; i < count; i++)
        {
            var W = Matrix<double>.Build.DenseOfArray(tasks[i % tasks.Length]);
            var covariance = Matrix<double>.Build.Dense(D, D);
            for (int n = 0; n < N; n++)
            {
                Vector<double> x = Draw();
                covariance += x.OuterProduct(x) / N;
            }

            Vector<double> query = Draw(), error = p * (W * (covariance * (q * query))) - W * query;
            double square = error.DotProduct(error);
            (sum, squares) = (sum + square, squares + square * square);
        }

        double mean = sum / count;
        yield return Check.AtMost(
            "exact risk of any weights, tasks and covariance against drawn contexts, in standard errors", Theory,
            Abs(mean - exact) / Sqrt((squares / count - mean * mean) / count), StandardErrors);

        Vector<double> Draw() => Vector<double>.Build.Dense(D, d => Sqrt(λ[d]) * random.NextNormal());
    }

    private static IEnumerable<Check> OfDiversity(Start[] shared, Start[] diverse)
    {
        yield return Check.Same("tasks with shared eigenvectors: dimension of what commutes", Theory, $"{shared[0].Centralizer}",
            $"{Start.D}");
        yield return Check.Same("diverse tasks: dimension of what commutes", Theory, $"{diverse[0].Centralizer}", "1");
        yield return Check.AtMost(
            "diverse tasks: distance of p from a multiple of I after training, relative, best start", Theory,
                diverse.Min(s => s.OffIdentity), 0.02);
        double least = diverse.MinBy(s => s.OffIdentity)!.Inside;
        yield return Check.Holds(
            "diverse tasks: where p is no multiple of I in the end, the risk on the tasks of training is more than twice that where it "
                + "is", Theory,
            diverse.Where(s => s.OffIdentity > 0.1).All(s => s.Inside > 2 * least));
        yield return Check.AtMost(
            "diverse tasks: risk on other tasks over that on those of training, worst start", Theory,
                diverse.Max(s => s.Outside / s.Inside), 1.5);
        yield return Check.AtMost(
            "shared eigenvectors: risk on other tasks against that of the signs of the start, worst start, over the risk of answering 0",
                Theory,
            shared.Max(s => Abs(s.Outside - s.Predicted)) / shared[0].OfZero, 0.02);
        yield return Check.Holds(
            "shared eigenvectors: some starts fail on other tasks, at more than five times their risk on those of training",
            Of(Paper.Cole2024, "Prop. 1"), shared.Any(s => s.Outside > 5 * s.Inside));
        yield return Check.AtMost(
            "shared eigenvectors: risk on the tasks of training over that of answering 0, worst start", Theory,
                shared.Max(s => s.Inside / s.OfZero),
            0.05);
    }

    private static IEnumerable<Check> OfFinite(Finite[] finite)
    {
        double exponent = Log(finite[^1].Excess / finite[0].Excess) / Log((double)finite[^1].Count / finite[0].Count);
        yield return Check.Absolute("excess risk of finitely many tasks: exponent in their number", Of(Paper.Cole2024, "1/T"), exponent,
            -1, 0.35);
    }

    private static double[] TestLengths => [.. Range(0, 41).Select(k => 100 * Pow(10, k / 16.0))];

    private static Plot Lengths()
    {
        double[] lengths = TestLengths;
        return Plot.Of(
            "lengths", "Relative error against test length", Axis.Logarithmic("test length N'"), Axis.Logarithmic("relative L² error"),
            "D = 10, white inputs. Points: published, at optimal weights.",
            new double[] { 100, 1000, double.PositiveInfinity }.Select((N, i) => Series.Predicted(
                double.IsFinite(N) ? $"trained at N = {N}" : "trained at N → ∞", lengths,
                lengths.Select(test => Sqrt(LinearSystems.RelativeRisk(Published, N, test))), i))
                .Append(Series.Points("published", AtLengths, x => x.Length, x => x.Error, 2)));
    }

    private static Plot Floors()
    {
        double[] lengths = TestLengths;
        return Plot.Of(
            "floors", "Covariance shift leaves a floor", Axis.Logarithmic("test length N'"), Axis.Logarithmic("root of relative risk"),
            "Weights for white inputs, tested on Σ with 1 on the diagonal and ρ off it; isotropic tasks.",
            new[] { 0, 0.2, 0.4, 0.8 }.Select((rho, i) => Series.Predicted(
                $"ρ = {rho}", lengths, lengths.Select(length => Sqrt(Shifted.Risk(rho, (int)length))), i)));
    }

    private static Plot Survival(Start[] shared, Start[] diverse) => Plot.Of(
        "survival", "What is left of the start", "start", "risk on other tasks, over that of answering 0",
        "After training to rest. Dashed: predicted from the signs that training left.",
        Series.Points("shared eigenvectors", shared, s => s.Seed, s => s.Outside / s.OfZero, 0),
        Series.Predicted("signs of the start", shared, s => s.Seed, s => s.Predicted / s.OfZero, 0),
        Series.Points("diverse tasks", diverse, s => s.Seed, s => s.Outside / s.OfZero, 1));

    private static Plot Counts(Finite[] finite) => Plot.Of(
        "tasks", "Finitely many tasks", Axis.Logarithmic("tasks T"), Axis.Logarithmic("excess risk on other tasks"),
        "Mean over sets of tasks. Dotted: 1/T.",
        Series.Measured("excess", finite, f => f.Count, f => f.Excess, 0),
        Series.Guide("1/T", finite, f => f.Count, f => finite[^1].Excess * finite[^1].Count / f.Count, 7));

    /// <summary>Drawing tasks.</summary>
    private static class Systems
    {
        /// <summary>W = A⁻¹ with A = QDQᵀ, D ~ U[1, 2]; Q drawn anew for each task, or the identity for all.</summary>
        public static double[][,] Draw(int D, int count, ulong seed, bool diverse) => [.. Range(0, count).Select(k =>
        {
            var random = new RandomStream(seed, RandomPurpose.TaskVector, k);
            double[] inverse = new double[D];
            for (int i = 0; i < D; i++)
                inverse[i] = 1 / (1 + random.NextUniform());
            if (!diverse)
                return Matrix<double>.Build.DenseOfDiagonalArray(inverse).ToArray();
            var Q = Matrix<double>.Build.DenseOfArray(RandomBasis.Draw(D, (seed << 20) + (ulong)k + 1));
            return (Q * Matrix<double>.Build.DenseOfDiagonalArray(inverse) * Q.Transpose()).ToArray();
        })];

        public static Matrix<double> Matrix(double[] rows, int D) => Matrix<double>.Build.Dense(D, D, (i, j) => rows[i * D + j]);
    }

    /// <summary>White training, correlated test.</summary>
    private static class Shifted
    {
        private const int D = Published;

        /// <summary>The risk over that of answering 0 at p = q = I; tasks are isotropic, so that eigenvalues say all.</summary>
        public static double Risk(double rho, int length)
        {
            double[] eigenvalues = [1 + (D - 1) * rho, .. Repeat(1 - rho, D - 1)];
            var identity = Matrix<double>.Build.DenseIdentity(D).ToArray();
            var test = new VectorRegressionTask(Spectrum.Of(eigenvalues), length, TaskSet.Of([identity]));
            double[] weights = new double[2 * D * D];
            for (int i = 0; i < D; i++)
                weights[i * (D + 1)] = weights[D * D + i * (D + 1)] = 1;
            return LinearSystems.Risk(test, weights) / D;
        }

        /// <summary>For long contexts.</summary>
        public static double MeanOfRatios(Bench bench, double rho)
        {
            int count = bench.Quick ? 2000 : 10_000;
            double[][,] tasks = Systems.Draw(D, 200, seed: 17, diverse: true);
            var random = new RandomStream(18, RandomPurpose.Inputs, (long)(100 * rho));
            double sum = 0;
            for (int i = 0; i < count; i++)
            {
                double common = Sqrt(rho) * random.NextNormal();
                var x = Vector<double>.Build.Dense(D, _ => common + Sqrt(1 - rho) * random.NextNormal());
                var W = Matrix<double>.Build.DenseOfArray(tasks[i % tasks.Length]);
                sum += (W * (rho * (x.Sum() - x))).L2Norm() / (W * x).L2Norm();
            }

            return sum / count;
        }
    }

    /// <summary>One random start, trained to rest.</summary>
    private sealed record Start(
        ulong Seed, int Centralizer, double OffIdentity, double Inside, double Outside, double Predicted, double OfZero, string Signs)
    {
        public const int D = 4;

        public static Start Of(Bench bench, ulong seed, bool diverse)
        {
            const int N = 500;
            double[][,] tasks = Systems.Draw(D, 30, seed: 5, diverse), others = Systems.Draw(D, 300, seed: 6, diverse: true);
            Spectrum white = Spectrum.Of(Repeat(1.0, D));
            var training = new VectorRegressionTask(white, N, TaskSet.Of(tasks));
            var start = new VectorWeights(D);
            new RandomStream(seed, RandomPurpose.Weights).FillNormal(start.InContext);
            VectorKernels.Scale(0.02, start.InContext, start.InContext);
            VectorWeights end = MatrixFlow.Solve(
                training, start, 1, [diverse ? 30_000 : 1500], new FlowOptions { RelativeTolerance = 1e-5 },
                    bench.Cancellation)[0].Weights!;
            var elsewhere = new VectorRegressionTask(white, N, TaskSet.Of(others));
            Matrix<double> p = Systems.Matrix(end.Value.ToArray(), D);
            int[] signs = [.. p.Diagonal().Select(Sign)];
            double mean = p.Trace() / D;
            return new(
                seed, LinearSystems.CentralizerDimension(tasks),
                (p - mean * Matrix<double>.Build.DenseIdentity(D)).FrobeniusNorm() / p.FrobeniusNorm(),
                LinearSystems.Risk(training, end.InContext), LinearSystems.Risk(elsewhere, end.InContext),
                LinearSystems.RiskOfSigns(others, signs), LinearSystems.Risk(elsewhere, new double[2 * D * D]),
                string.Concat(signs.Select(s => s < 0 ? '−' : '+')));
        }

        public static Table List(Start[] shared, Start[] diverse) => Table.Of(
            "Starts, trained to rest: risks over that of answering 0",
            ["start", "signs left", "shared: tasks of training", "other tasks", "predicted by signs", "diverse: other tasks", "p off c I"],
            shared.Zip(diverse),
            pair =>
            [
                $"{pair.First.Seed}", pair.First.Signs, Number(pair.First.Inside / pair.First.OfZero),
                    Number(pair.First.Outside / pair.First.OfZero),
                Number(pair.First.Predicted / pair.First.OfZero), Number(pair.Second.Outside / pair.Second.OfZero),
                    Number(pair.Second.OffIdentity),
            ]);
    }

    /// <summary>Training on T tasks, tested on others, beside training on infinitely many.</summary>
    private sealed record Finite(int Count, double Excess)
    {
        public static Finite Of(Bench bench, int count)
        {
            const int D = 3, N = 10;
            int sets = bench.Quick ? 6 : 12;
            Spectrum white = Spectrum.Of(Repeat(1.0, D));
            var test = new VectorRegressionTask(white, N, TaskSet.Of(Systems.Draw(D, 4000, seed: 99, diverse: true)));
            double least = LinearSystems.RelativeRisk(D, N, N) * LinearSystems.Risk(test, new double[2 * D * D]), excess = 0;
            for (int set = 0; set < sets; set++)
            {
                var training = new VectorRegressionTask(
                    white, N, TaskSet.Of(Systems.Draw(D, count, seed: 200 + (ulong)set, diverse: true)));
                VectorWeights start = VectorWeights.Aligned([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);
                VectorWeights end = MatrixFlow.Solve(
                    training, start, 1, [400], new FlowOptions { RelativeTolerance = 1e-6 }, bench.Cancellation)[0].Weights!;
                excess += (LinearSystems.Risk(test, end.InContext) - least) / sets;
            }

            return new(count, excess);
        }
    }
}
