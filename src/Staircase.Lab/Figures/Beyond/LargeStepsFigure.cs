using MathNet.Numerics.LinearAlgebra;

namespace Staircase.Lab;

/// <summary>Beyond the papers: what a finite learning rate does to modes and to the staircase, the map of Balasubramanian 2026.</summary>
internal sealed class LargeStepsFigure() : Figure(
    "large-steps", "Large learning rates",
    "modes and staircase under large learning rates: rest, cycles, chaos, divergence", Beyond,
    LargeSteps.Result, ModeDynamics.Result, FiniteContextFixedPoint.Result, Curvature.Result)
{
    private const double Bisection = 1e-3; // by bisection of what orbits do in 20,000 steps: close to a threshold they take long

    /// <summary>
    /// Of a strength: queries make the rate of an update scatter by √(2/batch), which the cycle's slope of 2 to 3 amplifies.
    /// </summary>
    private const double Simulated = 0.01;

    /// <summary>Of a cycle's strength, where orbit and training have settled; a chaotic orbit fills its band to as much.</summary>
    private const double Cycle = 0.01;

    private const double Edge = 0.02; // the last swings about the edge
    private const double Numeric = 1e-6; // power iteration and differences

    private static readonly string Map = Of(Paper.Balasubramanian2026, "balanced slice"), Theory = Own(LargeSteps.Result);

    public override ReportSection Reproduce(Bench bench)
    {
        double[] rates = [.. Range(0, bench.Quick ? 14 : 36).Select(k => 0.6 + (bench.Quick ? 0.1 : 0.04) * k)];
        Simulation[] simulated = bench.ForEach([.. rates, 1.1, 1.7, 2.1], rate => Simulation.Of(bench, rate));
        Coupled[] coupled = bench.ForEach([.. Range(0, 61).Select(k => 0.7 + 0.02 * k)], rate => Coupled.Of(rate, N: 10));
        Staircase[] staircases = bench.ForEach([0.5, 0.95, 1.05, 1.2, 1.7], share => Staircase.Of(bench, share));
        Head[] heads = bench.ForEach([0.9, 1.05, 1.2, 1.35, 1.6], share => Head.Of(bench, share));
        return Titled with
        {
            Lead = "Gradient descent on a balanced mode is the map $x \\mapsto x + \\mu\\,x^{k-1}(1 - x^k)$: two factors for vector-valued "
                + "tasks, three for a head of separate attention. It rests at 1 while $\\mu < 2/k$; beyond, the mode is learned and never "
                + "comes to rest.",
            Plots = [Bifurcation(simulated[..rates.Length]), Exponents(), AtFiniteContext(coupled), Losses(staircases),
                Sharpness(staircases)],
            Settings = staircases[0].Run.Study.Settings,
            Checks =
            [
                .. OfMap(), .. OfSimulation(simulated[^3..]), .. OfFiniteContext(), .. heads.SelectMany(head => head.Checks()),
                .. staircases.SelectMany(s => s.Checks()),
            ],
            Tables = [Staircase.List(staircases)],
            Notes =
            [
                $"Simulation: one mode (D = 1, W = 1), N = 2,000, batches of {Whole(Simulation.Batch(bench))} contexts, 150 updates. "
                + "Queries alone make the rate of an update scatter by √(2/batch); near μ = 2 that throws trainings out which the map "
                + "holds.",
                "At finite context 2/μ_max depends on how p and q share a mode. Descent that is unstable where the flow would end drifts "
                    + "along pc, q/c to flatter points and rests there, so that it finds no rest only from a larger rate on; it need not "
                    + "find the flattest of them.",
                "At finite context modes share p and q through the context's covariance: while the first one cycles, the others, whose own "
                + "rates are small, are shaken along. With N → ∞ they rest.",
                "The staircase under large steps: components are learned one after the other as in the flow. A head of sharpness 6 b_d "
                + "∛m_d above 2/η swings from its drop on; the first component is the sharpest. While it swings other heads take a "
                + "share of it, which makes the loss flatter, n equal heads by n^(−1/3), until the sharpness is 2/η: training comes to "
                + "rest at the edge of stability. From about 1.5 η_max on there are not heads enough.",
            ],
        };
    }

    private static IEnumerable<Check> OfMap()
    {
        foreach ((double rate, string period) in ((double, string)[])[(0.99, "1"), (1.01, "2"), (1.23, "2"), (1.24, "4"), (1.3, "16")])
        {
            yield return Check.Same(
                $"μ = {rate}: period of the orbit", Map,
                $"{LargeSteps.Period(LargeSteps.Orbit(rate, 0.3, 200_000, 200))?.ToString() ?? "none up to 64"}", period);
        }

        yield return Check.Absolute(
            "rate at which the fixed point is lost, by bisection", Map, Bisect(0.5, 1.2, rate => Period(rate) > 1),
            LargeSteps.LargestStableRate(), Bisection);
        yield return Check.Absolute(
            "rate at which the 2-cycle is lost, by bisection", Theory, Bisect(1.1, 1.26, rate => Period(rate) > 2),
            LargeSteps.EndOfTwoCycle, Bisection);
        yield return Check.Absolute(
            "rate from which weights change sign, by bisection", Theory,
            Bisect(1.55, 1.65, rate => LargeSteps.Orbit(rate, 0.3, 0, 100_000).Any(x => x < 0)), LargeSteps.SignFlip, Bisection);
        yield return Check.Absolute(
            "rate from which orbits leave, by bisection", Map,
            Bisect(1.9, 2.1, rate => LargeSteps.Orbit(rate, 0.3, 0, 100_000).Length < 100_000), LargeSteps.Divergence, Bisection);
        yield return Check.Absolute(
            "Lyapunov exponent on the ellipse of unbalanced factors, μ = 1.4, against ln 3", Of(Paper.Balasubramanian2026, "ellipse"),
            OnEllipse(1.4), Log(3), 1e-3);

        static int Period(double rate) => LargeSteps.Period(LargeSteps.Orbit(rate, 0.3, 50_000, 200)) ?? int.MaxValue;
    }

    /// <summary>The rate at which two neighbours on the ellipse part, a step at a time.</summary>
    private static double OnEllipse(double rate)
    {
        const double apart = 1e-7;
        (double s, double d) = LargeSteps.ChebyshevEllipse(rate);
        double sum = 0;
        const int angles = 2000;
        for (int i = 0; i < angles; i++)
        {
            double φ = (i + 0.5) * 2 * PI / angles;
            (double a0, double a1) = (Angle(φ - apart), Angle(φ + apart));
            double turned = IEEERemainder(a1 - a0, 2 * PI);
            sum += Log(Abs(turned) / (2 * apart)) / angles;
        }

        return sum;

        double Angle(double φ)
        {
            (double sumOf, double difference) = (s * Cos(φ), d * Sin(φ));
            (double a, double b) = LargeSteps.Step(((sumOf + difference) / 2, (sumOf - difference) / 2), rate);
            return Atan2((a - b) / d, (a + b) / s);
        }
    }

    private static double Bisect(double low, double high, Func<double, bool> isBeyond)
    {
        while (high - low > Bisection / 4)
        {
            double middle = (low + high) / 2;
            (low, high) = isBeyond(middle) ? (low, middle) : (middle, high);
        }

        return (low + high) / 2;
    }

    private static IEnumerable<Check> OfSimulation(Simulation[] simulated)
    {
        (double low, double high) = LargeSteps.TwoCycle(1.1);
        double[] late = [.. simulated[0].Strengths];
        yield return Check.Relative("simulation, μ = 1.1: lower strength of the cycle", Theory, Mean(late.Where(a => a < 1)), low * low,
            Simulated);
        yield return Check.Relative("simulation, μ = 1.1: upper strength of the cycle", Theory, Mean(late.Where(a => a > 1)),
            high * high, Simulated);
        yield return Check.Holds("simulation, μ = 1.7: stays bounded", Map, simulated[1].Strengths.Length > 0);
        yield return Check.Holds("simulation, μ = 2.1: stays bounded", Map, simulated[2].Strengths.Length > 0, expected: false);

        static double Mean(IEnumerable<double> values) => values.DefaultIfEmpty(double.NaN).Average();
    }

    private static IEnumerable<Check> OfFiniteContext()
    {
        foreach (int N in (int[])[5, 10, 40])
        {
            double lost = Bisect(0.7, 1.3, rate => Coupled.Of(rate, N).Amplitude(0) > 1e-6);
            string claim = $"S = (2, 1, ½), N = {N}: rate μ₁ from which descent on the exact loss finds no rest";
            yield return Check.AtMost(
                $"{claim}, over the largest 2/μ_max of all fixed points pc, q/c", Own(FiniteContextFixedPoint.Result),
                lost / Coupled.LargestStableRate(N, anyScale: true), 1);
            yield return Check.AtMost(
                $"2/μ_max of the fixed point that the flow from a balanced start ends in, over: {claim}",
                Own(FiniteContextFixedPoint.Result), Coupled.LargestStableRate(N, anyScale: false) / lost, 1);
        }

        double[] shaken = [.. new[] { 10, 100, 1000 }.Select(N => Coupled.Of(1.15, N).Amplitude(1))];
        yield return Check.Relative(
            "μ₁ = 1.15: how far the cycle of mode 1 shakes mode 2, N = 100 over N = 1,000", Theory, shaken[1] / shaken[2], 10, 0.15);
        yield return Check.Holds("μ₁ = 1.15, N = 10: mode 2 moves with mode 1 by more than a hundredth", Theory, shaken[0] > 0.01);
    }

    private static Plot Bifurcation(Simulation[] simulated)
    {
        double[] dense = [.. Range(0, 350).Select(k => 0.6 + 0.004 * k)];
        (double Rate, double Strength)[] map =
            [.. dense.SelectMany(rate => LargeSteps.Orbit(rate, 0.3, 2000, 24).Select(x => (rate, x * x)))];
        return Plot.Of(
            "bifurcation", "One mode of vector-valued tasks under large steps", "rate of the mode μ = ηP m s²", "strength a/a^∞, late in "
                + "training",
            "Small points: the map. Large points: training on fresh contexts. Beyond μ = 2 both diverge.",
            Series.Points("map", map, point => point.Rate, point => point.Strength, 0),
            Series.Points(
                "simulation", simulated.SelectMany(s => s.Strengths.TakeLast(16).Select(a => (s.Rate, Strength: a))), point => point.Rate,
                point => point.Strength, 1));
    }

    private static Plot Exponents()
    {
        double[] rates = [.. Range(0, 700).Select(k => 0.601 + 0.002 * k)];
        double[] resting = [.. rates.Where(rate => rate < 1)],
            cycling = [.. rates.Where(rate => rate > 1 && rate < LargeSteps.EndOfTwoCycle)];
        return Plot.Of(
            "lyapunov", "Lyapunov exponent of the map", "rate of the mode μ", "exponent a step",
            "Above zero neighbouring weights part: chaos. Dashed: ln|1 − 2μ| at rest, ½ ln|9 − 2(1 + μ)²| on the 2-cycle.",
            Series.Measured(
                "orbit", rates,
                rates.Select(rate => Max(-3, LargeSteps.LyapunovExponent(rate, LargeSteps.Orbit(rate, 0.3, 2000, 4000)))), 0),
            Series.Predicted("at rest", resting, resting.Select(rate => Log(Abs(LargeSteps.Slope(rate)))), 1),
            Series.Predicted(
                "2-cycle", cycling, cycling.Select(rate => Max(-3, Log(Abs(LargeSteps.TwoCycleSlope(rate))) / 2)), 2),
            Series.Guide("zero", [rates[0], rates[^1]], [0, 0], 7));
    }

    private static Plot AtFiniteContext(Coupled[] coupled) => Plot.Of(
        "finite-context", "Three modes at N = 10", "rate of the first mode μ₁ = ηP s₁²", "strength a, late in training",
        "Gradient descent on the exact expected loss, S = (2, 1, ½). Once the first mode cycles it shakes the others.",
        Range(0, 3).Select(i => Series.Points(
            $"a{i + 1}", coupled.SelectMany(c => c.Late.TakeLast(24).Select(a => (c.Rate, Strength: a[i]))), point => point.Rate,
            point => point.Strength, i)));

    private static Plot Losses(Staircase[] staircases) => Plot.Of(
        "staircase", "The staircase of separate attention under large steps", Axis.Logarithmic("time 2η · step"), "loss",
        "Learning rates as parts of the largest at which the minimum is stable.",
        staircases.Select((s, i) => Series.Measured($"η = {s.Share} η_max", s.Run.Training.Times!.Select(t => Max(t, 10)),
            s.Run.Training.Losses, i)));

    private static IEnumerable<double> Running(double[] values) =>
        values.Select((_, i) => values[Max(0, i - 29)..(i + 1)].Average());

    private static Plot Sharpness(Staircase[] staircases) => Plot.Of(
        "sharpness", "Sharpness along the way", Axis.Logarithmic("time 2η · step"), "largest eigenvalue of the Hessian · η/2",
        "Mean over thirty recorded steps. Above 1 gradient descent is unstable; where the end is sharper than that, training settles at 1.",
        staircases.Select((s, i) => Series.Measured(
            $"η = {s.Share} η_max", s.Run.Training.Times!.Select(t => Max(t, 10)),
            Running(s.Sharpness), i))
            .Append(Series.Guide("1", [10, staircases.Max(s => s.Run.Training.Times![^1])], [1, 1], 7)));

    /// <summary>One mode trained on fresh contexts.</summary>
    /// <param name="Rate">μ.</param>
    /// <param name="Strengths">a/a^∞ over the last steps; none where training diverged.</param>
    private sealed record Simulation(double Rate, double[] Strengths)
    {
        public static int Batch(Bench bench) => bench.Quick ? 10_000 : 40_000;

        public static Simulation Of(Bench bench, double rate)
        {
            const int N = 2000, steps = 150, kept = 40;
            var task = new VectorRegressionTask(Spectrum.Of(1), N, TaskSet.Of([new double[,] { { 1 } }]));
            var objective = new VectorObjective(task, new VectorObjectiveOptions { BatchSize = Batch(bench) }, seed: 3);
            var start = new VectorWeights(1);
            (start.Value[0], start.KeyQuery[0]) = (0.3, 0.3);
            var descent = new Descent<double>(objective, new GradientDescent(rate), start.All);
            double full = (N + 2.0) / N;
            var strengths = new List<double>();
            try
            {
                for (int step = 1; step <= steps; step++)
                {
                    descent.Advance();
                    if (step > steps - kept)
                        strengths.Add(descent.State.Weights[0] * descent.State.Weights[1] * full);
                }

                return new(rate, [.. strengths]);
            }
            catch (DivergedException)
            {
                return new(rate, []);
            }
        }
    }

    /// <summary>Three modes under descent on their exact expected loss.</summary>
    private sealed record Coupled(double Rate, double[][] Late)
    {
        private static readonly double[] S = [2, 1, 0.5];

        public double Amplitude(int mode) => Late.Max(a => a[mode]) - Late.Min(a => a[mode]);

        public static Coupled Of(double rate, int N)
        {
            const int steps = 6000, kept = 200;
            var loss = new VectorLoss(Task(N));
            VectorWeights start = FiniteContextFixedPoint.Stable(Task(N)).Weights(0);
            double[] weights = [.. start.InContext], gradient = new double[weights.Length];
            weights[0] *= 1.05; // off the fixed point, aligned
            var late = new List<double[]>();
            for (int step = 0; step < steps; step++)
            {
                loss.Evaluate(weights, gradient);
                VectorKernels.AddScaled(-rate / (S[0] * S[0]), gradient, weights);
                if (step >= steps - kept)
                    late.Add([.. S.Select((_, i) => weights[i * (S.Length + 1)] * weights[S.Length * S.Length + i * (S.Length + 1)])]);
            }

            return new(rate, [.. late]);
        }

        /// <summary>
        /// The largest μ₁ at which some fixed point is stable: p → pc, q → q/c leaves the loss as it is, but not its curvature.
        /// </summary>
        public static double LargestStableRate(int N, bool anyScale)
        {
            var loss = new VectorLoss(Task(N));
            double[] weights = [.. FiniteContextFixedPoint.Stable(Task(N)).Weights(0).InContext];
            return (anyScale ? Range(-60, 121) : [0])
                .Max(k => S[0] * S[0] * 2 / Sharpness(loss, Scaled(weights, Exp(k / 60.0))));
        }

        private static double[] Scaled(double[] weights, double c) =>
            [.. weights.Select((w, i) => i < weights.Length / 2 ? w * c : w / c)];

        /// <summary>The largest eigenvalue of the Hessian on diagonal weights, by differences of the gradient.</summary>
        private static double Sharpness(VectorLoss loss, double[] weights)
        {
            const double ε = 1e-5;
            int D = S.Length, n = 2 * D;
            double[] up = new double[weights.Length], down = new double[weights.Length];
            var hessian = Matrix<double>.Build.Dense(n, n);
            for (int j = 0; j < n; j++)
            {
                double here = weights[Place(j)];
                weights[Place(j)] = here + ε;
                loss.Evaluate(weights, up);
                weights[Place(j)] = here - ε;
                loss.Evaluate(weights, down);
                weights[Place(j)] = here;
                for (int i = 0; i < n; i++)
                    hessian[i, j] = (up[Place(i)] - down[Place(i)]) / (2 * ε);
            }

            var symmetric = (hessian + hessian.Transpose()) / 2;
            return symmetric.Evd(Symmetricity.Symmetric).EigenValues.Max(z => z.Real);

            int Place(int k) => k / D * D * D + k % D * (D + 1);
        }

        private static VectorRegressionTask Task(int N) => new(Spectrum.Of(S), N, TaskSet.Signs(S.Length));
    }

    /// <summary>One head on one component, where the map of three factors is exact.</summary>
    private sealed record Head(double Share, double[] Strengths, double[] Predicted)
    {
        public static Head Of(Bench bench, double share)
        {
            var experiment = new RegressionExperiment
            {
                Dimension = 1,
                Heads = 1,
                Optimizer = OptimizerKind.Gd,
                Init = 0.3,
                Seed = 5,
                Record = Schedule.All,
            };
            RegressionStudy study = bench.Study(experiment);
            double rate = share * study.LargestStableRate(), full = study.Moments!.FullStrength(0);
            RegressionFindings run = bench.Regress(study.With(experiment with { LearningRate = rate, Steps = 20_000 }));
            double μ = 2 * rate * study.Moments.Drive[0] * Cbrt(full);
            return new(
                share, [.. run.Training["m1"].TakeLast(400).Select(m => m / full)],
                [.. LargeSteps.Orbit(μ, 0.9, 20_000, 400, factors: 3).Select(x => x * x * x)]);
        }

        public IEnumerable<Check> Checks() =>
        [
            Check.Relative($"one head, η = {Share} η_max: lowest strength", Theory, Strengths.Min(), Predicted.Min(), Cycle),
            Check.Relative($"one head, η = {Share} η_max: highest strength", Theory, Strengths.Max(), Predicted.Max(), Cycle),
        ];
    }

    /// <summary>Separate attention trained by steps that are a given part of the largest stable one.</summary>
    private sealed record Staircase(double Share, double Rate, RegressionFindings Run)
    {
        private const int Late = 60;

        public static Staircase Of(Bench bench, double share)
        {
            var experiment = new RegressionExperiment { Optimizer = OptimizerKind.Gd, Curvature = true, Init = 0.03, Seed = 7 };
            double rate = share * bench.Study(experiment).LargestStableRate();
            RegressionFindings run = bench.Regress(experiment with
            {
                LearningRate = rate,
                Steps = 6000,
                Record = Schedule.Every(bench.Quick ? 3 : 1)
            });
            return new(share, rate, run);
        }

        private Trajectory Training => Run.Training;

        private ModeMoments Moments => Run.Study.Moments!;

        private int Learned => Range(0, Moments.Count)
            .Count(d => Training[$"m{d + 1}"].TakeLast(Late).Average() > 0.5 * Moments.FullStrength(d));

        /// <summary>Sharpness · η/2 along the way.</summary>
        public double[] Sharpness => [.. Training[RegressionMeasurement.LargestEigenvalue].Select(μ => μ * Rate / 2)];

        private double Swing
        {
            get
            {
                double[] late = [.. Training["m1"].TakeLast(Late).Select(m => m / Moments.FullStrength(0))];
                return late.Max() - late.Min();
            }
        }

        public IEnumerable<Check> Checks()
        {
            if (Share == 0.5)
            {
                double sharpness = Range(0, Moments.Count).Max(d => 6 * Moments.Drive[d] * Cbrt(Moments.FullStrength(d)));
                yield return Check.Relative(
                    "separate attention: largest stable learning rate from the Hessian, against 2/max_d 6 b_d ∛m_d", Theory,
                    Rate / Share, 2 / sharpness, Numeric);
            }

            yield return Check.Same(
                $"η = {Share} η_max: components learned in the end, on average over a swing", Theory, $"{Learned}", $"{Moments.Count}");
            if (Share < 1)
            {
                yield return Check.AtMost(
                    $"η = {Share} η_max: largest sharpness · η/2 over the last steps", Own(Curvature.Result),
                    Sharpness.TakeLast(Late).Max(), 1);
            }
            else if (Share < 1.3)
            {
                yield return Check.Relative(
                    $"η = {Share} η_max: sharpness · η/2 in the end, mean over the last steps", Own(Curvature.Result),
                    Sharpness.TakeLast(Late).Average(), 1, Edge);
            }
        }

        public static Table List(Staircase[] staircases) => Table.Of(
            "The staircase under large steps",
            [
                "η/η_max", "η", "components learned", "swing of component 1, last steps", "largest sharpness · η/2", "the same, last steps",
                "loss, last steps",
            ],
            staircases,
            s =>
            [
                Number(s.Share), Number(s.Rate), $"{s.Learned}", Number(s.Swing), Number(s.Sharpness.Max()),
                Number(s.Sharpness.TakeLast(Late).Average()), Number(s.Training.Losses.TakeLast(Late).Average()),
            ]);
    }
}
