using static Staircase.Lab.NumberText;

namespace Staircase.Lab;

/// <summary>
/// Zhang et al. 2025, §3.2, §4.2, App. E.3: every set of principal components is a fixed point, and only all of them together a minimum.
/// </summary>
internal sealed class Landscape() : Figure(
    "landscape", "The landscape: 2^D fixed points, one minimum",
    "all 2^D fixed points of separate attention, with their loss and number of directions of descent",
    Zhang("§3.2, §4.2, App. E.3"), SeparateFixedPoints.Result, MergedFixedPoints.Result, Curvature.Result)
{
    private const double LargestGradient = 1e-12, Rounding = 1e-13;

    private const int Listed = 4; // the dimension whose fixed points are listed

    public override ReportSection Reproduce(Bench bench)
    {
        int[] dimensions = bench.Quick ? [2, 3, Listed] : [2, 3, Listed, 5, 6];
        Point[][] points = [.. dimensions.Select(D => bench.ForEach([.. Range(0, 1 << D)], set => Point.Of(D, set)))];
        return Titled with
        {
            Lead = "For every set $S$ of principal components there is a fixed point at which the model regresses on just these. "
                + "The index counts the directions in which the loss falls from there.",
            Plots = [LossAndIndex(dimensions[^1], points[^1])],
            Checks = [.. dimensions.Zip(points, Checks).SelectMany(checks => checks)],
            Tables = [List(points[Array.IndexOf(dimensions, Listed)])],
            Notes =
            [
                "An idle head with every weight zero leaves only at third order, where a Hessian is blind. So the index is counted with "
                + "one idle head of value weight 0.1 and zero key and query, which is the same function: "
                + "it descends along every component that is not learned.",
                "A head that has learned $e$ can turn to $d$ exactly if $b_d^2/\\alpha_d > b_e^2/\\alpha_e$: if learning $d$ gains more. "
                + "So on the plateaus of the staircase, where the stronger components are learned, only idle heads can go on.",
            ],
        };
    }

    private static Plot LossAndIndex(int D, Point[] points) => Plot.Of(
        "index", $"Loss and index of the {points.Length} fixed points in {D} dimensions", x: "number of directions of descent", y: "loss",
        "Fixed points with the same number of components learned have the same colour. Only all components together leave no way down.",
        points.GroupBy(p => p.Learned.Length).OrderBy(alike => alike.Key)
            .Select(alike => Series.Points($"{alike.Key} learned", alike.OrderBy(p => p.Index), p => p.Index, p => p.Loss, alike.Key)));

    private static IEnumerable<Check> Checks(int D, Point[] points)
    {
        yield return Check.AtMost(
            $"D = {D}: largest gradient norm at the {points.Length} fixed points", Zhang("§4.2"),
            points.Max(p => p.Gradient), LargestGradient);
        yield return Check.AtMost(
            $"D = {D}: loss there against L(S), worst, relative error", Zhang("Eq. 19"),
            points.Max(p => Abs(p.Loss / p.Predicted - 1)), Rounding);
        yield return Check.Same(
            $"D = {D}: sets from which no direction descends", Zhang("App. E.3"),
            string.Join("; ", points.Where(p => p.Index == 0).Select(p => p.Name)), string.Join(' ', Range(1, D)));
        yield return Check.Same(
            $"D = {D}: number of sets whose index is not Σ over d ∉ S of 1 + the number of e ∈ S with a smaller gain", "Staircase",
            $"{points.Count(p => p.Index != p.PredictedIndex)}", "0");
    }

    private static Table List(Point[] points) => Table.Of(
        $"The fixed points in {Listed} dimensions", ["learned", "loss", "index", "fastest escape rate"],
        points.OrderByDescending(p => p.Loss),
        p => [p.Name.Length == 0 ? "none" : p.Name, Number(p.Loss), $"{p.Index}", Number(p.Rate)]);

    /// <summary>A fixed point, its Hessian measured.</summary>
    private sealed record Point(int[] Learned, double Loss, double Predicted, double Gradient, int Index, int PredictedIndex, double Rate)
    {
        public string Name => FromOne(Learned);

        public static Point Of(int D, int set)
        {
            RegressionTask task = RegressionTask.Create(Spectrum.Linear(D), 31);
            ModeMoments moments = ModeMoments.Of(task);
            var model = new SeparateAttention(D, D + 1, 1);
            int[] learned = [.. Range(0, D).Where(d => (set >> d & 1) == 1)];
            double[] weights = SeparateFixedPoints.Construct(model, moments, learned);
            model.Head(weights, D).Value = 0.1;
            var objective = new Objective(model, task.PopulationLoss());
            Curvature.Spectrum spectrum = Curvature.At(objective, weights.AsSpan(0, model.Layout.InContextCount));
            return new(
                learned, objective.Evaluate(weights), moments.PlateauHeight(learned), spectrum.GradientNorm, spectrum.Index,
                SeparateFixedPoints.Index(moments, learned, idleHeads: 1), spectrum.EscapeRates.FirstOrDefault());
        }
    }
}
