using MathNet.Numerics.LinearAlgebra;

namespace Staircase.Lab;

/// <summary>
/// Zhang et al. 2025, Fig. 11: within a head of rank R the pairs grow one after the other, each faster than the head itself did.
/// </summary>
internal sealed class RankHeads() : RunFigure(
    "rank-heads", "Inside a head of rank R",
    "one head of rank 2 and 4: later pairs escape faster, as R + 1 scalar equations say", Zhang("Fig. 11"),
    RankReduction.Result)
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

    private const double LaterWait = 0.1; // later pairs wait for less than this part of the time for which the first one waits

    public override ReportSection Reproduce(Bench bench)
    {
        RegressionFindings[] runs = bench.ForEach<int, RegressionFindings>([2, 4], rank => bench.Regress(Setting(rank, seed: 1)));
        Head[] heads = [.. runs.Select(Head.Of)];
        return Titled with
        {
            Lead = "The head that escapes first learns $R$ components. Its value weight $v$ serves all of them: "
                + "$\\dot v = \\sum_r u_r^2 (\\lambda_r^2 - \\alpha_r v u_r^2)$, $\\dot u_r = v u_r (\\lambda_r^2 - \\alpha_r v u_r^2)$.",
            Plots = [.. heads.Select(head => head.Plot())],
            Settings = runs[0].Study.Settings,
            Checks = [.. heads.SelectMany(head => head.Checks())],
        };
    }

    public override Experiment Setting(ulong seed) => Setting(2, seed);

    protected override FigurePart Draw(Run one)
    {
        var run = RegressionFindings.Of(one);
        Require(
            run.Study.Model is SeparateAttention separate && separate.Rank > 1 && separate.Rank < separate.InputDimension
            && run.Study.Prediction?.Drops.Count > 0 && run.Training.HasTime && run.Study.Moments!.Basis is null,
            "The pairs of one head are looked at for ‹attention› separate with ‹rank› above 1 and below ‹dim›, on ‹data› population, "
            + "by an optimizer that follows the flow.");
        var head = Head.Of(run);
        return new([head.Plot()], [], [.. head.Checks()]);
    }

    private static RegressionExperiment Setting(int rank, ulong seed) =>
        new() { Dimension = 8, Heads = 9, Rank = rank, Init = 1e-4, Seed = seed, Checkpoints = Schedule.All };

    /// <summary>
    /// The head that escapes first, beside its reduction: the strengths of its components, in the order in which it learns.
    /// </summary>
    private sealed record Head(
        int[] Components, double[] HalfWay, double[] FullStrengths, double[] Time, double[][] Measured, double[][] Predicted)
    {
        private int Rank => Components.Length;

        private double LongestLaterWait => HalfWay.Skip(1).Zip(HalfWay, (after, before) => after - before).Max();

        private double Error => Range(0, Rank)
            .Max(r => Measured[r].Zip(Predicted[r], (m, p) => Abs(m - p)).Max() / FullStrengths[r]);

        public static Head Of(RegressionFindings run)
        {
            var model = (SeparateAttention)run.Study.Model;
            ModeMoments moments = run.Study.Moments!;
            int head = run.Study.Prediction!.Drops[0].Head!.Value;
            double[] all = run.HalfWay();
            int[] order = [.. Range(0, moments.Count).OrderBy(d => all[d])], components = order[..model.Rank];
            double[] halfWay = [.. components.Select(d => all[d])], full = [.. components.Select(moments.FullStrength)];

            // Up to where the next head escapes, the head is alone.
            double end = halfWay[^1] + 0.5 * (all[order[model.Rank]] - halfWay[^1]);
            Checkpoint[] course = [.. run.Training.Checkpoints.Where(c => Strength(c, components[0]) >= From * full[0] && c.Time < end)];
            double[] time = [.. course.Select(c => c.Time!.Value)];
            double[][] predicted = Solve(new(moments, components), StateOf(model.Head(course[0].Weights, head), components), time);
            return new(
                components, halfWay, full, time, [.. components.Select(d => course.Select(c => Strength(c, d)).ToArray())],
                [.. components.Select((_, r) => predicted.Select(y => y[0] * y[r + 1] * y[r + 1]).ToArray())]);

            double Strength(Checkpoint checkpoint, int component) => model.Head(checkpoint.Weights, head).Value
                * Pairs(model.Head(checkpoint.Weights, head), component).Sum(pair => pair.Key * pair.Query);
        }

        public IEnumerable<Check> Checks()
        {
            yield return Same(
                $"rank {Rank}: components of the head that escapes first", Zhang("§5"), Components.Select(d => d + 1), Range(1, Rank));
            yield return Check.AtMost(
                $"rank {Rank}: longest wait of a later pair over the wait of the first", Zhang("Fig. 11"),
                LongestLaterWait / HalfWay[0], LaterWait);
            yield return Check.AtMost(
                $"rank {Rank}: training against the R + 1 equations, largest |Δm|/m(∞)", Own(RankReduction.Result), Error, ReductionError);
        }

        public Plot Plot()
        {
            double[] since = [.. Time.Select(time => time - Time[0])];
            return Lab.Plot.Of(
                $"rank-{Rank}", $"Rank {Rank}: strengths of the components of one head",
                Axis.Logarithmic("time since the first component is learned"), "strength m",
                $"Solid: training. Dashed: R + 1 scalar equations. The first component was learned after time {Position(Time[0])}.",
                Components.SelectMany((d, r) => new[]
                {
                    Series.Measured($"component {d + 1}", since, Measured[r], r),
                    Series.Predicted($"R + 1 equations, component {d + 1}", since, Predicted[r], r),
                }));
        }

        /// <summary>
        /// (v, u₁ …). In the space of pairs a component's keys and queries grow along (K_d + Q_d)/2, less what lies along the directions of
        /// components learned before it: that part would put an off-diagonal entry into M, and is pushed back.
        /// </summary>
        private static double[] StateOf(SeparateHead head, int[] components)
        {
            double sign = Sign(head.Value);
            var directions = new List<Vector<double>>();
            List<double> state = [Abs(head.Value)];
            foreach (int d in components)
            {
                Vector<double> growing = Vector<double>.Build.DenseOfEnumerable(
                    Pairs(head, d).Select(pair => (pair.Key + sign * pair.Query) / 2));
                foreach (Vector<double> direction in directions)
                    growing -= (growing * direction) * direction;
                state.Add(growing.L2Norm());
                directions.Add(growing / state[^1]);
            }

            return [.. state];
        }

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
            return [.. times.Select(StateAt)];

            double[] StateAt(double time)
            {
                while (solver.State.Time < time - times[0])
                    solver.Step(time - times[0]);
                return [.. solver.State.Y];
            }
        }
    }
}
