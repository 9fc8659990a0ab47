using MathNet.Numerics.Interpolation;

namespace Staircase.Lab;

/// <summary>
/// Beyond the papers: softmax heads as two numbers each, the reduction of He, Pan, Chen, Yang 2025, and what finite contexts add.
/// </summary>
internal sealed class SoftmaxReduced() : Figure(
    "softmax-reduced", "Softmax attention as two numbers a head",
    "softmax heads as two numbers each: the reduced flow, exact at any context length, over full training", Beyond,
    SoftmaxReduction.Result)
{
    /// <summary>The published setting.</summary>
    private const int D = 5, L = 40;

    private const double Noise = 0.01;

    private const double Digits = 5e-4, TwoDigits = 5e-3; // the published numbers count the target's noise, too
    private const double SampleLoss = 0.05; // standard error of a training loss over its sequences, and what 52 weights fit of their chance
    private const double Exponent = 0.01; // fitted over two decades of time
    private const double Quadrature = 1e-5; // of the exact moments

    /// <summary>The chance of P sequences turns KQ by some 15/√P.</summary>
    private static double Chance(Training run) => 20 / Sqrt(run.Sequences);

    private static readonly string Published = Of(Paper.He2025, "reduced loss"), Theory = Own(SoftmaxReduction.Result);

    private static readonly SoftmaxReduction Setting = new(D, L, Noise);

    public override ReportSection Reproduce(Bench bench)
    {
        Valley[] valleys = bench.ForEach([(Setting, true), (Setting, false)], s => Valley.Exact(s.Item1, s.Item2, bench.Quick ? 16 : 40));
        (Valley pair, Valley single) = (valleys[0], valleys[1]);
        Valley longPair = Valley.LongContext(Setting, isPair: true), longSingle = Valley.LongContext(Setting, isPair: false);
        int[] lengths = bench.Quick ? [40, 160, 640] : [20, 40, 80, 160, 320, 640, 1280];
        Gap[] gaps = bench.ForEach(lengths, length => Gap.Of(length));

        // One after the other: each uses all cores by itself.
        Heads[] both =
        [
            new("two heads", Training.Of(bench, heads: 2), pair, longPair),
            new("one head", Training.Of(bench, heads: 1), single, longSingle),
        ];
        var random = Training.FromRandom(bench);
        double[] asymptotic = [.. Range(0, 49).Select(k => Pow(10, 1 + k / 8.0))];
        (double ω, double μ)[] late = longPair.Flow(0.01, 0.01, asymptotic, publishedMetric: true);
        return Titled with
        {
            Lead = "On white inputs training makes each $KQ$ a multiple $\\omega I$ and each value a weight $\\mu$ of labels. The "
                + "published loss of these numbers is that of long contexts; exact moments of exponentially weighted normal numbers give "
                + "it at any length.",
            Plots = [Courses(both), Valleys(both), Gaps(gaps), Late(asymptotic, late, longPair)],
            Checks =
            [
                .. OfLongContexts(longPair, longSingle, asymptotic, late), .. both.SelectMany(OfTraining), OfFarContexts(both[0]),
                .. OfRandomStart(random), .. OfGaps(gaps), .. OfEnd(),
            ],
            Tables = [Beside(both), Table.Of(
                "How far the approximations go: relative error of the loss at the best μ",
                [
                    "L", .. Gap.Attentions.Select(ω => $"long contexts, ω = {ω}"), .. Gap.Attentions.Select(ω => $"first order, ω = {ω}"),
                ],
                gaps, gap => [$"{gap.Length}", .. gap.LongContext.Concat(gap.FirstOrder).Select(e => Signed(e))])],
            Notes =
            [
                $"Full training: d = {D}, L = {L}, σ² = {Noise}, all entries of KQ and the values of {Whole(Training.Count(bench))} "
                    + "sequences, gradient flow, losses as parts of the mean squared target; the softmax is over the context alone, as in "
                    + "the paper. Time of training moves ω at 1/d of the rate of the reduced loss, since ω is the mean of d entries.",
                "The loss of long contexts leaves out terms of order 1/L, beside which what is left to lose is d/L: for weak attention its "
                    + "relative error is −1/(d + 1) at any L, and larger where ‖x_q‖² is not d. With the mean over ‖x_q‖ and the first "
                    + "order in 1/L in closed form the error falls as 1/L, as long as e^{ω²d} stays well below L; beyond, few tokens hold "
                    + "the softmax, and only the exact moments know.",
                "At finite L the valley is not flat towards ω = 0: two heads end at a finite ω, near 0.4 at L = 10 and 0.08 at L = 40. The "
                + "published law t^(−1/6) is that of the way there.",
            ],
        };
    }

    private static IEnumerable<Check> OfLongContexts(
        Valley pair, Valley single, double[] times, (double ω, double μ)[] late)
    {
        double limit = 1 - 1 / (1 + (1 + Noise) * D / L);
        yield return Check.Absolute(
            "one head, long contexts: loss in the end, with the target's noise", Published, single.Least().Loss + Noise, 0.2655, Digits);
        yield return Check.Absolute("two heads, long contexts: limit of the loss, with the target's noise", Published,
            limit + Noise, 0.1221, Digits);
        double[] losses = [.. pair.Flow(0.01, 0.01, [1, 6, 2000], publishedMetric: true).Select(at => pair.Loss(at.ω, at.μ) + Noise)];
        yield return Check.Absolute(
            "two heads, long contexts: loss at time 1, on the plateau, with the target's noise", Published, losses[0], 1.01, TwoDigits);
        yield return Check.Absolute(
            "two heads, long contexts: loss at time 6, after the drop, with the target's noise", Published, losses[1], 0.18, TwoDigits);
        yield return Check.Absolute(
            "two heads, long contexts: loss at time 2,000, with the target's noise", Published, losses[2], 0.1226, Digits);
        int from = times.Length - 17;
        yield return Check.Absolute(
            "two heads, long contexts: exponent of ω ~ t^(−1/6)", Theory, Slope(times, late.Select(x => x.ω), from), -1.0 / 6, Exponent);
        yield return Check.Absolute(
            "two heads, long contexts: exponent of the excess loss ~ t^(−2/3)", Theory,
            Slope(times, late.Select(x => pair.Loss(x.ω, x.μ) - limit), from), -2.0 / 3, 4 * Exponent);
        (double ω, double μ) last = late[^1];
        double product = last.ω * last.μ * 2;
        yield return Check.Relative(
            "two heads, long contexts: excess loss over (((1 + σ²)/L) d³/6) (2μω)² ω⁴", Theory, pair.Loss(last.ω, last.μ) - limit,
            (1 + Noise) / L * D * D * D / 6 * product * product * Pow(last.ω, 4), 0.05);

        static double Slope(double[] t, IEnumerable<double> y, int from)
        {
            double[] values = [.. y];
            return Log(values[^1] / values[from]) / Log(t[^1] / t[from]);
        }
    }

    private static IEnumerable<Check> OfTraining(Heads heads)
    {
        (string name, Training run, Valley valley, _) = heads;
        (double ω, double μ)[] flow = Heads.Flow(valley, run.Times);
        yield return Check.Relative(
            $"{name}: training loss in the end against the exact reduced flow", Theory, run.Losses[^1],
            valley.Loss(flow[^1].ω, flow[^1].μ), SampleLoss);
        yield return Check.AtMost(
            $"{name}: largest |ΔL| along the way, over the loss at the start", Theory,
            run.Losses.Zip(flow, (loss, at) => Abs(loss - valley.Loss(at.ω, at.μ))).Max(), Chance(run) / 3);
        yield return Check.Relative($"{name}: ω in the end", Theory, run.Attention[^1].Average(Abs), flow[^1].ω, 2 * SampleLoss);
        yield return Check.AtMost(
            $"{name}: part of KQ that is no multiple of the identity, in the end", Published, run.OffIdentity[^1], Chance(run));
    }

    private static Check OfFarContexts(Heads two)
    {
        (double ω, double μ) = Heads.Flow(two.Long, [two.Run.Times[^1]])[0];
        return Check.Holds(
            "two heads: training loss in the end lies above that of the long-context flow by more than the sample explains", Theory,
            two.Run.Losses[^1] > (1 + SampleLoss) * two.Long.Loss(ω, μ));
    }

    private static IEnumerable<Check> OfRandomStart(Training random)
    {
        yield return Check.AtMost(
            "two heads from random weights: |Σμ| over Σ|μ| in the end (zero sum)", Published,
            Abs(random.Values[^1].Sum()) / random.Values[^1].Sum(Abs), 0.05);
        yield return Check.Relative(
            "two heads from random weights: |ω| of one head over that of the other", Published,
            Abs(random.Attention[^1][0] / random.Attention[^1][1]), 1, 0.1);
        yield return Check.AtMost(
            "two heads from random weights: part of KQ that is no multiple of the identity, in the end", Published, random.OffIdentity[^1],
            Chance(random));
    }

    private static IEnumerable<Check> OfGaps(Gap[] gaps)
    {
        yield return Check.Absolute(
            $"first order in 1/L: exponent in L of its relative error at ω = {Gap.Attentions[1]}", Theory,
            FallOf(gaps, gap => gap.FirstOrder[1]), -1, 0.2);
        yield return Check.Absolute(
            $"long contexts: relative error at L = {gaps[^1].Length}, ω = {Gap.Attentions[0]}, against −1/(d + 1), which L does not "
                + $"change", Theory,
            gaps[^1].LongContext[0], -1.0 / (D + 1), 0.01);
        yield return Check.AtMost(
            $"first order in 1/L: relative error at L = {gaps[^1].Length}, ω = {Gap.Attentions[1]}", Theory,
            Abs(gaps[^1].FirstOrder[1]), 0.02);
        foreach (double[] drawn in (double[][])[[0.1, 3, 0.2351], [0.2, 2, 0.1542], [0.4, 1, 0.1688], [0.8, 0.5, 0.2353]])
        {
            yield return Check.Relative(
                $"(ω, μ) = ({drawn[0]}, {drawn[1]}): exact loss, with the target's noise, against drawn sequences of an independent "
                    + $"program",
                Theory, Setting.Loss([drawn[0], -drawn[0]], [drawn[1], -drawn[1]]) + Noise, drawn[2], 0.01);
        }
    }

    private static double FallOf(Gap[] gaps, Func<Gap, double> error) =>
        Log(Abs(error(gaps[^1]) / error(gaps[^2]))) / Log((double)gaps[^1].Length / gaps[^2].Length);

    private static IEnumerable<Check> OfEnd() => new[] { 10, 40 }.Select(length =>
    {
        var reduction = new SoftmaxReduction(D, length, Noise);
        double[] ω = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64];
        double[] losses = [.. ω.Select(x => reduction.Coefficients(x, isPair: true)).Select(c => 1 - c.Linear * c.Linear / c.Quadratic)];
        return Check.Holds(
            $"two heads, L = {length}: the exact loss is least at a finite ω (of 0.01 · 2^k at "
                + $"{Number(ω[Array.IndexOf(losses, losses.Min())])}, {Number(losses[0] - losses.Min(), 2)} below ω → 0)",
            Theory, losses[0] - losses.Min() > Quadrature);
    });

    private static Plot Courses(Heads[] both)
    {
        double[] times = [.. both[0].Run.Times.Where(t => t > 0)];
        return Plot.Of(
            "courses", "Softmax training and its reduced flows", Axis.Logarithmic("time"), Axis.Logarithmic("loss"),
            "Solid: all weights trained. Dashed: exact reduced flow. Dotted: reduced flow of long contexts.",
            both.SelectMany((heads, i) => (Series[])
            [
                Series.Measured(heads.Name, times, heads.Run.Losses[^times.Length..], i),
                Series.Predicted($"{heads.Name}, exact", times, Losses(heads.Exact), i),
                Series.Guide($"{heads.Name}, long contexts", times, Losses(heads.Long), i),
            ]));

        IEnumerable<double> Losses(Valley valley) => Heads.Flow(valley, times).Select(at => valley.Loss(at.ω, at.μ));
    }

    private static Plot Valleys(Heads[] both)
    {
        double[] ω = [.. Range(1, 80).Select(k => 0.0125 * k)];
        return Plot.Of(
            "valley", "The loss at the best μ", "attention ω", "loss",
            "Dashed: exact at L = 40. Dotted: long contexts, for which two heads have no end but ω → 0.",
            both.SelectMany((heads, i) => (Series[])
            [
                Series.Predicted(heads.Name, ω, ω.Select(heads.Exact.Best), i),
                Series.Guide($"{heads.Name}, long contexts", ω, ω.Select(heads.Long.Best), i),
            ]));
    }

    private static Plot Gaps(Gap[] gaps) => Plot.Of(
        "gap", "How far the approximations go", Axis.Logarithmic("context length L"), Axis.Logarithmic("relative error"),
        "Two heads ±ω at the best μ of the exact loss. Solid: the loss of long contexts. Dashed: first order in 1/L.",
        Gap.Attentions.SelectMany((ω, i) => (Series[])
        [
            Series.Measured($"ω = {ω}", gaps, gap => gap.Length, gap => Abs(gap.LongContext[i]), i),
            Series.Predicted($"ω = {ω}, first order", gaps, gap => gap.Length, gap => Abs(gap.FirstOrder[i]), i),
        ]));

    private static Plot Late(double[] times, (double ω, double μ)[] late, Valley pair)
    {
        double limit = 1 - 1 / (1 + (1 + Noise) * D / L);
        double[] end = times[^24..];
        return Plot.Of(
            "late", "Long contexts: no end", Axis.Logarithmic("time"), Axis.Logarithmic("ω, excess loss"),
            "Dotted: t^(−1/6) and t^(−2/3).",
            Series.Predicted("ω", times, late.Select(at => at.ω), 0),
            Series.Predicted("excess loss", times, late.Select(at => pair.Loss(at.ω, at.μ) - limit), 1),
            Series.Guide("t^(−1/6)", end, end.Select(t => late[^1].ω * Pow(t / end[^1], -1.0 / 6)), 0),
            Series.Guide(
                "t^(−2/3)", end, end.Select(t => (pair.Loss(late[^1].ω, late[^1].μ) - limit) * Pow(t / end[^1], -2.0 / 3)), 1));
    }

    private static Table Beside(Heads[] both) => Table.Of(
        "Training beside the reduced flows, in the end",
        ["", "loss", "exact flow", "long contexts", "ω", "exact flow", "μ", "exact flow", "off the identity"],
        both,
        heads =>
        {
            Training run = heads.Run;
            (double ω, double μ) = Heads.Flow(heads.Exact, [run.Times[^1]])[0];
            (double ω, double μ) far = Heads.Flow(heads.Long, [run.Times[^1]])[0];
            return
            [
                heads.Name, Number(run.Losses[^1]), Number(heads.Exact.Loss(ω, μ)), Number(heads.Long.Loss(far.ω, far.μ)),
                Number(run.Attention[^1].Average(Abs)), Number(ω), Number(run.Values[^1].Average(Abs)), Number(μ),
                Number(run.OffIdentity[^1], 2),
            ];
        });

    /// <summary>One head, or a pair: trained, and as the reduced flow, exact and of long contexts.</summary>
    private sealed record Heads(string Name, Training Run, Valley Exact, Valley Long)
    {
        /// <summary>The reduced flow from where training starts, in its time.</summary>
        public static (double ω, double μ)[] Flow(Valley valley, double[] times) =>
            valley.Flow(Training.Start, Training.Start, times, publishedMetric: false);
    }

    /// <summary>The reduced loss 1 − 2μP(ω) + μ²Q(ω) of one head or of a pair, and its flow.</summary>
    private sealed class Valley(
        Func<double, (double Value, double Slope)> linear, Func<double, (double Value, double Slope)> quadratic, bool isPair)
    {
        private const double Widest = 1.25;

        public static Valley Exact(SoftmaxReduction reduction, bool isPair, int nodes)
        {
            // P is odd in ω; of a pair Q is even and zero with ω: what is left of them is smooth and far from zero.
            int power = isPair ? 2 : 0;
            double[] ω = [.. Range(1, nodes).Select(k => Widest * k / nodes)];
            (double P, double Q)[] values = [.. ω.Select(x => reduction.Coefficients(x, isPair))];
            return new(Spline(values.Select(v => v.P), 1), Spline(values.Select(v => v.Q), power), isPair);

            Func<double, (double, double)> Spline(IEnumerable<double> y, int power)
            {
                var spline = CubicSpline.InterpolateNaturalSorted(ω, [.. y.Select((value, k) => value / Pow(ω[k], power))]);
                return x =>
                {
                    double factor = Pow(x, power), value = spline.Interpolate(x);
                    return (factor * value, factor * spline.Differentiate(x) + power * Pow(x, power - 1) * value);
                };
            }
        }

        public static Valley LongContext(SoftmaxReduction reduction, bool isPair)
        {
            const double ε = 1e-6;
            return new(x => At(x, c => c.Linear), x => At(x, c => c.Quadratic), isPair);

            (double, double) At(double x, Func<(double Linear, double Quadratic), double> of) =>
                (of(reduction.LongContextCoefficients(x, isPair)),
                (of(reduction.LongContextCoefficients(x + ε, isPair)) - of(reduction.LongContextCoefficients(x - ε, isPair))) / (2 * ε));
        }

        public double Loss(double ω, double μ) => 1 - 2 * μ * linear(ω).Value + μ * μ * quadratic(ω).Value;

        /// <summary>The loss at the best μ.</summary>
        public double Best(double ω) => 1 - linear(ω).Value * linear(ω).Value / quadratic(ω).Value;

        public (double Attention, double Loss) Least()
        {
            double best = Range(1, 1200).Select(k => k / 1000.0).MinBy(Best);
            return (best, Best(best));
        }

        /// <summary>The flow from small ω and μ.</summary>
        /// <param name="attention">ω at the start.</param>
        /// <param name="value">μ at the start.</param>
        /// <param name="times">Ascending.</param>
        /// <param name="publishedMetric">Whether ω moves by its own derivative; else as the mean of d entries does.</param>
        public (double ω, double μ)[] Flow(double attention, double value, double[] times, bool publishedMetric)
        {
            double share = isPair ? 0.25 : 0.5, slow = publishedMetric ? 1 : 1.0 / D;
            var solver = new AdaptiveSolver(
                new Field(Derivative), OdeState.At([attention, value]), new OdeTolerance(1e-8, 1e-10));
            return
            [
                .. times.Select(t =>
                {
                    while (solver.State.Time < t)
                        solver.Step(t);
                    return (solver.State.Y[0], solver.State.Y[1]);
                }),
            ];

            void Derivative(ReadOnlySpan<double> y, Span<double> derivative)
            {
                ((double P, double dP), (double Q, double dQ)) = (linear(y[0]), quadratic(y[0]));
                derivative[0] = -share * slow * (-2 * y[1] * dP + y[1] * y[1] * dQ);
                derivative[1] = -share * (-2 * P + 2 * y[1] * Q);
            }
        }

        private delegate void Slope(ReadOnlySpan<double> y, Span<double> derivative);

        private sealed class Field(Slope slope) : IVectorField
        {
            public int Size => 2;

            public double Evaluate(ReadOnlySpan<double> y, Span<double> derivative)
            {
                slope(y, derivative);
                return 0;
            }
        }
    }

    /// <summary>By how much the loss of long contexts misses the exact one.</summary>
    private sealed record Gap(int Length, double[] LongContext, double[] FirstOrder)
    {
        public static double[] Attentions { get; } = [0.1, 0.2, 0.4];

        public static Gap Of(int length)
        {
            var reduction = new SoftmaxReduction(D, length, Noise);
            return new(
                length, [.. Attentions.Select(ω => Error(ω, reduction.LongContextCoefficients))],
                [.. Attentions.Select(ω => Error(ω, reduction.FirstOrderCoefficients))]);

            // At the best μ of the exact loss, whose value there is 1 − P²/Q.
            double Error(double ω, Func<double, bool, (double Linear, double Quadratic)> of)
            {
                (double P, double Q) = reduction.Coefficients(ω, isPair: true);
                (double linear, double quadratic) = of(ω, true);
                double μ = P / Q;
                return (1 - 2 * μ * linear + μ * μ * quadratic) / (1 - P * P / Q) - 1;
            }
        }
    }

    /// <summary>Training of all entries of KQ and of the values, on drawn sequences.</summary>
    private sealed record Training(
        int Sequences, double[] Times, double[] Losses, double[][] Attention, double[][] Values, double[] OffIdentity)
    {
        public const double Start = 0.05; // ω and μ at the start

        public static int Count(Bench bench) => bench.Quick ? 4000 : 30_000;

        public static Training Of(Bench bench, int heads)
        {
            double[] weights = new double[heads * (1 + D * D)];
            for (int h = 0; h < heads; h++)
            {
                int sign = h % 2 == 0 ? 1 : -1;
                weights[h] = sign * Start;
                for (int i = 0; i < D; i++)
                    weights[heads + h * D * D + i * (D + 1)] = sign * Start;
            }

            return Run(bench, heads, weights, until: bench.Quick ? 120 : 300);
        }

        public static Training FromRandom(Bench bench)
        {
            double[] weights = new double[2 * (1 + D * D)];
            new RandomStream(4, RandomPurpose.Weights).FillNormal(weights);
            VectorKernels.Scale(0.02, weights, weights);
            return Run(bench, 2, weights, until: bench.Quick ? 120 : 300);
        }

        private static Training Run(Bench bench, int heads, double[] weights, double until)
        {
            double[] times = [0, .. Range(0, 41).Select(k => until * Pow(10, (k - 40) / 16.0))];
            var objective = new ContextSoftmax(heads, Count(bench));
            IReadOnlyList<Checkpoint> course = GradientFlow.At(
                objective, [.. weights, .. new double[2 * heads * D]], times, new FlowOptions { RelativeTolerance = 1e-3 },
                bench.Cancellation);
            double[][] attention = [.. course.Select(at => Range(0, heads).Select(h => Identity(Keys(at, h))).ToArray())];
            return new(
                Count(bench), times, [.. course.Select(at => at.Loss / objective.TargetSquare)], attention,
                    [.. course.Select(at => at.Weights[..heads])],
                [.. course.Select(at => Range(0, heads).Max(h => Off(Keys(at, h))))]);

            double[] Keys(Checkpoint at, int h) => at.Weights.AsSpan(heads + h * D * D, D * D).ToArray();
        }

        private static double Identity(double[] KQ) => Range(0, D).Average(i => KQ[i * (D + 1)]);

        private static double Off(double[] KQ)
        {
            double ω = Identity(KQ);
            double off = KQ.Select((k, i) => i % (D + 1) == 0 ? k - ω : k).Sum(k => k * k);
            return Sqrt(off / KQ.Sum(k => k * k));
        }
    }

    /// <summary>The mean squared error of softmax attention over the context alone, whose values keep to reading labels.</summary>
    private sealed class ContextSoftmax : IObjective<double>
    {
        private readonly SoftmaxObjective _whole;
        private readonly double[] _weights, _gradient;

        public ContextSoftmax(int heads, int count)
        {
            var covariance = new double[D, D];
            for (int i = 0; i < D; i++)
                covariance[i, i] = 1.0 / D;
            RegressionTask task = RegressionTask.Create(Spectrum.Of(Repeat(1.0, D)), L) with
            {
                LabelNoise = Noise,
                TaskCovariance = covariance,
            };
            _whole = SoftmaxObjective.FullBatch(new MergedAttention(D, heads), task.Sample(count, 9), seesQuery: false);
            (_weights, _gradient) = (new double[Layout.Count], new double[Layout.Count]);
            TargetSquare = _whole.Evaluate(_weights);
        }

        public ParameterLayout Layout => _whole.Layout;

        /// <summary>The mean squared target, 1 but for chance: losses are parts of it, so that their own chance is smaller.</summary>
        public double TargetSquare { get; }

        public int MovingCount(ReadOnlySpan<double> weights) => Layout.InContextCount;

        public double Evaluate(ReadOnlySpan<double> weights, Span<double> gradient)
        {
            weights.CopyTo(_weights);
            double loss = _whole.Evaluate(_weights, _gradient);
            _gradient.AsSpan(0, gradient.Length).CopyTo(gradient);
            return loss;
        }
    }
}
