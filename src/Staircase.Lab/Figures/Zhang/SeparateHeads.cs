using System.Globalization;

namespace Staircase.Lab;

/// <summary>Zhang et al. 2025, Fig. 3b and c: each drop is one head that aligns with one principal component and grows.</summary>
internal sealed class SeparateHeads : IFigure
{
    private const double LargestAngle = 5;

    /// <summary>
    /// arccos(1/√3) in degrees. Chance may turn a head by less: beyond, none of its four components holds a third of its
    /// squared length, and it has picked none. (No direction is farther from all four axes than arccos(1/√4) = 60°.)
    /// </summary>
    private static readonly double Turned = Math.Acos(1 / Math.Sqrt(3)) * 180 / Math.PI;

    private const int MoreSequences = 80_000;

    /// <summary>
    /// Eq. 21 holds for a head that is alone, aligned and balanced; from a tenth of its full value on, in the population.
    /// </summary>
    private const double PopulationGrowth = 0.01;

    /// <summary>A head counts as grown from half the value at which the weakest component stops it.</summary>
    private const double Grown = 0.5;

    /// <summary>
    /// The growth is compared from here on, in parts of the full value: before, the head is still turning towards its component.
    /// </summary>
    private const double From = 0.1;

    public string Name => "separate-heads";

    public string Shows => "how the heads of the staircase align with principal components and grow";

    public string Source => "Zhang et al. 2025, Fig. 3b, 3c";

    public IReadOnlyList<Result> Results => [HeadGrowth.Result, HeadRace.Result];

    public ReportSection Reproduce(Bench bench)
    {
        ulong[] seeds = bench.Quick ? [1, 2] : [1, 2, 3, 4, 5, 6];
        RegressionFindings[] runs = bench.ForEach(seeds, seed => Published.Separate(bench, seed));
        Alignment[][] alignments = bench.ForEach(runs, Alignments);
        Alignment[] larger = [.. bench.ForEach(seeds, seed => Alignments(Published.Separate(bench, seed, MoreSequences, drops: 1)))
            .SelectMany(a => a)];
        RegressionFindings population = bench.Regress(
            new RegressionExperiment { Init = 1e-4, Tolerance = 1e-7, Seed = 1, Checkpoints = Schedule.Every(1) });
        Growth[] growths = Growths(population), sampled = Growths(bench.Regress(Keeping(runs[0].Study)));
        return new ReportSection
        {
            Id = Name,
            Title = "Separate keys and queries: what each head does",
            Lead = "In each drop one value weight $v_i$ grows as $\\dot v = \\lambda^2 v^2 - \\alpha v^5$ while key and query of that "
                + "head turn towards one eigenvector.",
            Plots = [PlotOf("population", "Value weights, population", population, growths),
                PlotOf("sample", $"Value weights, published setting, seed {seeds[0]}", runs[0], sampled)],
            Weights = RegressionWeights.Of(runs[0]) is { } maps ? [maps] : [],
            Settings = runs[0].Study.Settings,
            Checks =
            [
                Check.AtMost("population: grown heads on every plateau, largest angle of key or query to an eigenvector, degrees",
                    "Zhang et al. 2025, §4.3", Alignments(population).Max(a => a.Degrees), LargestAngle),
                Check.AtMost(
                    "published sample: the same, to an eigenvector of the sample, worst seed, degrees", "Zhang et al. 2025, §4.3",
                    alignments.SelectMany(a => a).Max(a => a.Degrees), LargestAngle)
                    .Explained("5,000 sequences are too few: chance turns a head by an angle that falls like 1/√P; the next row has "
                        + "sixteen times as many", Turned),
                Check.AtMost($"{MoreSequences:N0} sequences: the same on the first plateau, worst seed, degrees", "Zhang et al. 2025, §4.3",
                    larger.Where(a => a.Learned == 1).Max(a => a.Degrees), LargestAngle),
                Check.Same("grown heads on the plateau with m = 0, 1, … components, seed by seed", "Zhang et al. 2025, §4.3",
                    string.Join("; ", alignments.Select(Counts)), string.Join("; ", alignments.Select(_ => "0 1 2 3 4"))),
                .. growths.Select(g => Check.AtMost($"population: head on component {g.Component + 1} against its ODE, largest |Δv|/v(∞)",
                    "Zhang et al. 2025, Eq. 21", g.Error, PopulationGrowth)),
            ],
            Tables =
            [
                new($"Published setting, seed {seeds[0]}: each grown head against its ODE", ["head", "component", "largest |Δv|/v(∞)"],
                    [.. sampled.Select(g => (IReadOnlyList<string>)[$"{g.Head + 1}", $"{g.Component + 1}",
                        g.Error.ToString("G3", CultureInfo.InvariantCulture)])]),
            ],
            Notes =
            [
                "The published initialization leaves no block zero, and then a head has two ways to correlate the context with the "
                    + "labels: by its key and value weight, or by the input part of its value and the label part of its key. "
                + "Which of them grows is decided by the initial weights; heads that take the second way look empty in the value map. "
                + "Angles and counts here are those of what the head computes, $v k + l V$.",
                "On a sample heads also fit chance, which bends their growth a little; in the population Eq. 21 is all there is.",
            ],
        };
    }

    private static RegressionStudy Keeping(RegressionStudy study) => study.With(study.Experiment with { Checkpoints = Schedule.Every(10) });

    private static string Counts(Alignment[] alignments) =>
        string.Join(' ', alignments.GroupBy(a => a.Learned).OrderBy(g => g.Key).Select(g => g.Count(a => a.Head >= 0)));

    private static Alignment[] Alignments(RegressionFindings run)
    {
        var model = (SeparateAttention)run.Study.Model;
        ModeMoments moments = run.Study.Moments!;
        double threshold = Grown * Enumerable.Range(0, moments.Count).Min(moments.FullStrength);
        var alignments = new List<Alignment>();
        foreach (ComparedPlateau plateau in run.Comparison!.Plateaus.Where(p => p.Predicted is not null).GroupBy(p => p.Learned.Count)
                .Select(g => g.MaxBy(p => p.Measured.Duration)!))
        {
            alignments.Add(new(plateau.Learned.Count, -1, 0));
            if (run.Training.CheckpointOn(plateau.Measured) is not { } checkpoint)
                continue;
            double[] weights = model.Layout.ToEigenbasis(checkpoint.Weights, run.Study.Modes.Eigenvectors);
            for (int h = 0; h < model.Heads; h++)
            {
                double[] key = EffectiveKey(model.Head(weights, h)), query = model.Head(weights, h).Query[0].ToArray();
                if (Norm(key) * Norm(query) >= threshold)
                    alignments.Add(new(plateau.Learned.Count, h, Math.Max(Angle(key), Angle(query))));
            }
        }

        return [.. alignments];
    }

    /// <summary>
    /// v k + l V: what a head correlates the context with, by its key and value weight and by its value's input part and its key's label
    /// part.
    /// </summary>
    private static double[] EffectiveKey(SeparateHead head)
    {
        double[] key = head.Key[0].ToArray();
        for (int d = 0; d < key.Length; d++)
            key[d] = head.Value * key[d] + head.KeyLabel[0] * head.ValueInput[d];
        return key;
    }

    private static double Norm(double[] vector) => Math.Sqrt(vector.Sum(x => x * x));

    private static double Threshold(ModeMoments moments) => Grown * Enumerable.Range(0, moments.Count).Min(d => FullValue(moments, d));

    private static double FullValue(ModeMoments moments, int mode) =>
        new HeadGrowth(moments.Drive[mode], moments.Saturation(mode)).FullValue;

    /// <summary>The angle to the nearest coordinate axis, in degrees.</summary>
    private static double Angle(ReadOnlySpan<double> vector)
    {
        double norm = 0, largest = 0;
        foreach (double x in vector)
        {
            norm += x * x;
            largest = Math.Max(largest, Math.Abs(x));
        }

        return 180 / Math.PI * Math.Acos(Math.Min(1, largest / Math.Sqrt(norm)));
    }

    /// <summary>The growth of every head that ends up grown, from its checkpoints.</summary>
    private static Growth[] Growths(RegressionFindings run)
    {
        var model = (SeparateAttention)run.Study.Model;
        ModeMoments moments = run.Study.Moments!;
        double[] last = model.Layout.ToEigenbasis(run.Training.Checkpoints[^1].Weights, run.Study.Modes.Eigenvectors);
        return
        [
            .. Enumerable.Range(0, model.Heads)
                .Where(h => Math.Abs(model.Head(last, h).Value) >= Threshold(moments))
                .Select(h => Growth.Of(run, moments, h, Enumerable.Range(0, moments.Count).MaxBy(d => Math.Abs(model.Head(last, h).Key[0, d]))))
                .OrderBy(growth => growth.Component),
        ];
    }

    private static Plot PlotOf(string id, string title, RegressionFindings run, Growth[] growths) => new()
    {
        Id = id,
        Title = title,
        Caption = "Solid: training. Dashed: Eq. 21 from a tenth of the full value on.",
        X = RegressionPlots.PositionAxis(run.Training.HasTime),
        Y = new("v"),
        Series =
        [
            .. growths.SelectMany(g => new Series[]
            {
                new($"head {g.Head + 1}, component {g.Component + 1}", SeriesRole.Measured, g.Time, g.Value, g.Component),
                new($"Eq. 21, component {g.Component + 1}", SeriesRole.Predicted, g.PredictedTime, g.Predicted, g.Component),
            }),
        ],
    };

    /// <summary>A grown head on a plateau; head −1 stands for the plateau itself.</summary>
    private sealed record Alignment(int Learned, int Head, double Degrees);

    private sealed record Growth(
        int Head, int Component, double[] Time, double[] Value, double[] PredictedTime, double[] Predicted, double Error)
    {
        public static Growth Of(RegressionFindings run, ModeMoments moments, int head, int component)
        {
            var model = (SeparateAttention)run.Study.Model;
            var ode = new HeadGrowth(moments.Drive[component], moments.Saturation(component));
            double[] time = [.. run.Training.Checkpoints.Select(c => c.Time!.Value)];
            double[] values = [.. run.Training.Checkpoints.Select(c => Math.Abs(model.Head(c.Weights, head).Value))];
            int start = Array.FindIndex(values, v => v >= From * ode.FullValue);
            double[] after = time[start..], predicted = [.. after.Select(t => ode.ValueAfter(values[start], t - after[0]))];
            double error = values[start..].Zip(predicted, (v, p) => Math.Abs(v - p)).Max() / ode.FullValue;
            return new(head, component, time, values, after, predicted, error);
        }
    }
}
