using System.Globalization;
using static Staircase.Lab.NumberText;

namespace Staircase.Lab;

/// <summary>Zhang et al. 2025, §3.2, §4.2, App. E.3: every set of principal components is a fixed point, and only all of them together a minimum.</summary>
internal sealed class Landscape : IFigure
{
    private const double LargestGradient = 1e-12;

    public string Name => "landscape";

    public string Shows => "all 2^D fixed points of separate attention, with their loss and number of directions of descent";

    public string Source => "Zhang et al. 2025, §3.2, §4.2, App. E.3";

    public IReadOnlyList<Result> Results => [SeparateFixedPoints.Result, MergedFixedPoints.Result, Curvature.Result];

    public ReportSection Reproduce(Bench bench)
    {
        int[] dimensions = bench.Quick ? [2, 3, 4] : [2, 3, 4, 5, 6];
        Point[][] points = [.. dimensions.Select(D => bench.ForEach([.. Enumerable.Range(0, 1 << D)], set => Point.Of(D, set)))];
        Point[] drawn = points[^1];
        return new ReportSection
        {
            Id = Name,
            Title = "The landscape: 2^D fixed points, one minimum",
            Lead = "For every set $S$ of principal components there is a fixed point at which the model regresses on just these. The index counts the directions in which the loss falls from there.",
            Plots =
            [
                new Plot
                {
                    Id = "index",
                    Title = $"Loss and index of the {drawn.Length} fixed points in {dimensions[^1]} dimensions",
                    Caption = "Fixed points with the same number of components learned have the same colour. Only all components together leave no way down.",
                    X = new("number of directions of descent"),
                    Y = new("loss"),
                    Series =
                    [
                        .. drawn.GroupBy(p => p.Learned.Length).OrderBy(g => g.Key).Select(g =>
                            new Series($"{g.Key} learned", SeriesRole.MeasuredPoints, [.. g.OrderBy(p => p.Index).Select(p => (double)p.Index)], [.. g.OrderBy(p => p.Index).Select(p => p.Loss)], g.Key)),
                    ],
                },
            ],
            Checks =
            [
                .. dimensions.SelectMany((D, i) => new[]
                {
                    Check.AtMost($"D = {D}: largest gradient norm at the {1 << D} fixed points", "Zhang et al. 2025, §4.2", points[i].Max(p => p.Gradient), LargestGradient),
                    Check.AtMost($"D = {D}: loss there against L(S), worst, relative error", "Zhang et al. 2025, Eq. 19", points[i].Max(p => Math.Abs(p.Loss / p.Predicted - 1)), 1e-13),
                    Check.Same($"D = {D}: sets from which no direction descends", "Zhang et al. 2025, App. E.3",
                        string.Join("; ", points[i].Where(p => p.Index == 0).Select(p => p.Name)), string.Join(' ', Enumerable.Range(1, D))),
                    Check.Same($"D = {D}: number of sets whose index is not Σ over d ∉ S of 1 + the number of e ∈ S with a smaller gain", "Staircase",
                        $"{points[i].Count(p => p.Index != p.PredictedIndex)}", "0"),
                }),
            ],
            Tables =
            [
                new($"The fixed points in {Math.Min(4, dimensions[^1])} dimensions", ["learned", "loss", "index", "fastest escape rate"],
                    [.. points[Array.IndexOf(dimensions, 4)].OrderByDescending(p => p.Loss).Select(p => (IReadOnlyList<string>)[p.Name.Length == 0 ? "none" : p.Name, Number(p.Loss), $"{p.Index}", Number(p.Rate)])]),
            ],
            Notes =
            [
                "An idle head with every weight zero leaves only at third order, where a Hessian is blind. So the index is counted with one idle head of value weight 0.1 and zero key and query, which is the same function: "
                + "it descends along every component that is not learned.",
                "A head that has learned $e$ can turn to $d$ exactly if $b_d^2/\\alpha_d > b_e^2/\\alpha_e$: if learning $d$ gains more. So on the plateaus of the staircase, where the stronger components are learned, only idle heads can go on.",
            ],
        };
    }

    /// <summary>A fixed point, its Hessian measured.</summary>
    private sealed record Point(int[] Learned, double Loss, double Predicted, double Gradient, int Index, int PredictedIndex, double Rate)
    {
        public string Name => string.Join(' ', Learned.Select(d => d + 1));

        public static Point Of(int D, int set)
        {
            RegressionTask task = RegressionTask.Create(Spectrum.Linear(D), 31);
            ModeMoments moments = ModeMoments.Of(task);
            var model = new SeparateAttention(D, D + 1, 1);
            int[] learned = [.. Enumerable.Range(0, D).Where(d => (set >> d & 1) == 1)];
            double[] weights = SeparateFixedPoints.Construct(model, moments, learned);
            weights[model.Layout["value"].Offset + D] = 0.1;
            var objective = new Objective(model, task.PopulationLoss());
            Curvature.Spectrum spectrum = Curvature.At(objective, weights.AsSpan(0, model.Layout.InContextCount));
            double loss = objective.Evaluate(weights);
            return new(learned, loss, moments.PlateauHeight(learned), spectrum.GradientNorm, spectrum.Index, SeparateFixedPoints.Index(moments, learned, idleHeads: 1), spectrum.EscapeRates.FirstOrDefault());
        }
    }
}
