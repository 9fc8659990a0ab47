using MathNet.Numerics.LinearAlgebra;

namespace Staircase.Lab;

/// <summary>
/// Zhang et al. 2025, Fig. 11: within a head of rank R the pairs grow one after the other, each faster than the head itself did.
/// </summary>
internal sealed class RankHeads : IFigure
{
    /// <summary>
    /// The reduction holds for pairs aligned with one component each; what is left of their turning when it starts is of this size.
    /// </summary>
    private const double ReductionError = 0.02;

    /// <summary>
    /// The reduction starts where the first component has this part of its strength: before, the others still have parts along the pair
    /// that learns it.
    /// </summary>
    private const double From = 0.99;

    public string Name => "rank-heads";

    public string Shows => "one head of rank 2 and 4: later pairs escape faster, as R + 1 scalar equations say";

    public string Source => "Zhang et al. 2025, Fig. 11";

    public IReadOnlyList<Result> Results => [RankReduction.Result];

    public ReportSection Reproduce(Bench bench)
    {
        Head[] heads = bench.ForEach<int, Head>([2, 4], rank => Head.Of(
            bench.Regress(new RegressionExperiment
            {
                Dimension = 8,
                Heads = 9,
                Rank = rank,
                Init = 1e-4,
                Seed = 1,
                Checkpoints = Schedule.Every(1)
            })));
        return new ReportSection
        {
            Id = Name,
            Title = "Inside a head of rank R",
            Lead = "The head that escapes first learns $R$ components. Its value weight $v$ serves all of them: $\\dot v = \\sum_r u_r^2 "
                + "(\\lambda_r^2 - \\alpha_r v u_r^2)$, "
                + "$\\dot u_r = v u_r (\\lambda_r^2 - \\alpha_r v u_r^2)$.",
            Plots = [.. heads.Select(head => head.Plot())],
            Settings = heads[0].Run.Study.Settings,
            Checks =
            [
                .. heads.SelectMany(head => new[]
                {
                    Check.Same($"rank {head.Rank}: components of the head that escapes first", "Zhang et al. 2025, §5",
                        string.Join(' ', head.Components.Select(d => d + 1)), string.Join(' ', Enumerable.Range(1, head.Rank))),
                    Check.AtMost($"rank {head.Rank}: longest wait of a later pair over the wait of the first", "Zhang et al. 2025, Fig. 11",
                        head.LongestLaterWait / head.FirstWait, 0.1),
                    Check.AtMost($"rank {head.Rank}: training against the R + 1 equations, largest |Δm|/m(∞)", "Staircase, rank-reduction",
                        head.Error, ReductionError),
                }),
            ],
        };
    }

    /// <summary>The head that escapes first, beside its reduction.</summary>
    private sealed record Head(
        RegressionFindings Run, int Rank, int[] Components, double[] Time, double[][] Strengths, double[][] Predicted, double[] HalfWay)
    {
        public double FirstWait => HalfWay[0];

        public double LongestLaterWait => HalfWay.Skip(1).Zip(HalfWay, (after, before) => after - before).Max();

        public double Error =>
            Enumerable.Range(0, Rank).Max(
                r => Strengths[r].Zip(Predicted[r], (m, p) => Math.Abs(m - p)).Max() / Run.Study.Moments!.FullStrength(Components[r]));

        public static Head Of(RegressionFindings run)
        {
            var model = (SeparateAttention)run.Study.Model;
            ModeMoments moments = run.Study.Moments!;
            int R = model.Rank, head = run.Study.Prediction!.Drops[0].Head!.Value;
            double[] halfWay = run.HalfWay();
            int[] components = [.. Enumerable.Range(0, moments.Count).OrderBy(d => halfWay[d]).Take(R)];

            // Up to where the next head escapes, the head is alone.
            double next = halfWay.Where((_, d) => !components.Contains(d)).Min();
            double start = From * moments.FullStrength(components[0]);
            Checkpoint[] course = [.. run.Training.Checkpoints.Where(c => Strength(model, c.Weights, head, components[0]) >= start
                && c.Time < halfWay[components[^1]] + 0.5 * (next - halfWay[components[^1]]))];
            double[] time = [.. course.Select(c => c.Time!.Value)];
            double[][] states = [.. course.Select(c => StateOf(model, c.Weights, head, components))];
            double[][] predicted = Solve(new RankReduction(moments, components), states[0], time);
            return new(
                run, R, components, time,
                [.. Enumerable.Range(0, R).Select(r => course.Select(c => Strength(model, c.Weights, head, components[r])).ToArray())],
                [.. Enumerable.Range(0, R).Select(r => predicted.Select(y => y[0] * y[r + 1] * y[r + 1]).ToArray())],
                [.. components.Select(d => halfWay[d])]);
        }

        public Plot Plot() => new()
        {
            Id = $"rank-{Rank}",
            Title = $"Rank {Rank}: strengths of the components of one head",
            Caption = "Solid: training. Dashed: R + 1 scalar equations, from where the first component is learned.",
            X = RegressionPlots.PositionAxis(true),
            Y = new("strength m"),
            Series =
            [
                .. Enumerable.Range(0, Rank).SelectMany(r => new Series[]
                {
                    new($"component {Components[r] + 1}", SeriesRole.Measured, Time, Strengths[r], r),
                    new($"R + 1 equations, component {Components[r] + 1}", SeriesRole.Predicted, Time, Predicted[r], r),
                }),
            ],
        };

        /// <summary>
        /// (v, u₁ …). In the space of pairs a component's keys and queries grow along (K_d + Q_d)/2, less what lies along the directions of
        /// components learned before it: that part would put an off-diagonal entry into M, and is pushed back.
        /// </summary>
        private static double[] StateOf(SeparateAttention model, double[] weights, int head, int[] components)
        {
            double v = model.Head(weights, head).Value, sign = Math.Sign(v);
            var directions = new List<Vector<double>>();
            var state = new List<double> { Math.Abs(v) };
            foreach (int d in components)
            {
                (double Key, double Query)[] pairs = Pairs(model.Head(weights, head), d);
                Vector<double> growing = Vector<double>.Build.Dense(pairs.Length, r => (pairs[r].Key + sign * pairs[r].Query) / 2);
                foreach (Vector<double> direction in directions)
                    growing -= (growing * direction) * direction;
                state.Add(growing.L2Norm());
                directions.Add(growing / state[^1]);
            }

            return [.. state];
        }

        private static double Strength(SeparateAttention model, double[] weights, int head, int component) =>
            model.Head(weights, head).Value * Pairs(model.Head(weights, head), component).Sum(p => p.Key * p.Query);

        private static (double Key, double Query)[] Pairs(SeparateHead head, int component)
        {
            var pairs = new (double, double)[head.Key.Rows];
            for (int r = 0; r < pairs.Length; r++)
                pairs[r] = (head.Key[r, component], head.Query[r, component]);
            return pairs;
        }

        private static double[][] Solve(RankReduction reduction, double[] start, double[] times)
        {
            var solver = new AdaptiveSolver(reduction, OdeState.At(start), new OdeTolerance(1e-9, 1e-12));
            var states = new List<double[]>();
            foreach (double time in times)
            {
                while (solver.State.Time < time - times[0])
                    solver.Step(time - times[0]);
                states.Add([.. solver.State.Y]);
            }

            return [.. states];
        }
    }
}
