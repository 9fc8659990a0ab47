namespace Staircase.Lab;

/// <summary>Zhang et al. 2025, Fig. 3b and c: each drop is one head that aligns with one principal component and grows.</summary>
internal sealed class SeparateHeads() : RunFigure(
    "separate-heads", "Separate keys and queries: what each head does",
    "how the heads of the staircase align with principal components and grow", Zhang("Fig. 3b, 3c"),
    HeadGrowth.Result, HeadRace.Result)
{
    private const double LargestAngle = 5;

    private const int MoreSequences = 80_000;

    /// <summary>
    /// Eq. 21 holds for a head that is alone, aligned and balanced; from a tenth of its full value on, in the population.
    /// </summary>
    private const double PopulationGrowth = 0.01;

    private const double Grown = 0.5; // a head counts as grown from half the value at which the weakest component stops it

    /// <summary>
    /// The growth is compared from here on, in parts of the full value: before, the head is still turning towards its component.
    /// </summary>
    private const double From = 0.1;

    /// <summary>
    /// arccos(1/√3) in degrees. Chance may turn a head by less: beyond, none of its four components holds a third of its
    /// squared length, and it has picked none. (No direction is farther from all four axes than arccos(1/√4) = 60°.)
    /// </summary>
    private static readonly double Turned = Acos(1 / Sqrt(3)) * 180 / PI;

    public override ReportSection Reproduce(Bench bench)
    {
        ulong[] seeds = Published.Seeds(bench);
        RegressionFindings[] published = bench.ForEach(seeds, seed => Published.Separate(bench, seed));
        RegressionFindings[] larger = bench.ForEach(seeds, seed => Published.Separate(bench, seed, MoreSequences, drops: 1));
        RegressionFindings population = bench.Regress(
            new RegressionExperiment { Init = 1e-4, Tolerance = 1e-7, Seed = 1, Checkpoints = Schedule.All });
        RegressionStudy first = published[0].Study;
        Growth[] grown = Growth.Of(population);
        Growth[] sampled = Growth.Of(bench.Regress(first.With(first.Experiment with { Checkpoints = Schedule.Every(10) })));
        return Titled with
        {
            Lead = "In each drop one value weight $v_i$ grows as $\\dot v = \\lambda^2 v^2 - \\alpha v^5$ "
                + "while key and query of that head turn towards one eigenvector.",
            Plots =
            [
                Values("population", "Value weights, population", grown, NameOf),
                Values("sample", $"Value weights, published setting, seed {seeds[0]}", sampled, NameOf),
            ],
            Weights = RegressionWeights.Of(published[0]) is { } maps ? [maps] : [],
            Settings = first.Settings,
            Checks = [.. Aligned(population, published, larger), .. grown.Select(Grows)],
            Tables = [Errors($"Published setting, seed {seeds[0]}: each grown head against its ODE", sampled)],
            Notes =
            [
                "The published initialization leaves no block zero, and then a head has two ways to correlate the context with the labels: "
                + "by its key and value weight, or by the input part of its value and the label part of its key. "
                + "Which of them grows is decided by the initial weights; heads that take the second way look empty in the value map. "
                + "Angles and counts here are those of what the head computes, $v k + l V$.",
                "On a sample heads also fit chance, which bends their growth a little; in the population Eq. 21 is all there is.",
            ],
        };
    }

    public override Experiment Setting(ulong seed) =>
        Published.Separate(seed) with { Heads = null, Steps = null, Record = null, Checkpoints = Schedule.Every(10) };

    protected override FigurePart Draw(Run one)
    {
        var run = RegressionFindings.Of(one);
        Require(
            run.Study.Model is SeparateAttention { Rank: 1 } && run.Comparison is not null && run.Training.HasTime,
            $"Growth of single heads is that of ‹attention› separate of ‹rank› 1, by an optimizer that follows the flow, where there "
            + $"is theory{(run.Study.NoTheory is { } missing ? $": {missing}" : "")}.");
        Growth[] grown = Growth.Of(run);
        return new(
            [Values("values", "Value weights", grown, g => $"component {g.Component + 1}")],
            [
                Errors("Each grown head against its ODE", grown),
                Table.Of(
                    "Grown heads on each plateau", ["components learned", "heads", "largest angle to an eigenvector, degrees"],
                    Plateau.Of(run),
                    p => [$"{p.Learned}", $"{p.Degrees.Length}", Number(p.Degrees.DefaultIfEmpty(double.NaN).Max(), 3)]),
            ],
            []);
    }

    private static Table Errors(string title, Growth[] growths) => Table.Of(
        title, ["head", "component", "largest |Δv|/v(∞)"], growths,
        g => [$"{g.Head + 1}", $"{g.Component + 1}", Number(g.Error, digits: 3)]);

    private static IEnumerable<Check> Aligned(RegressionFindings population, RegressionFindings[] published, RegressionFindings[] larger)
    {
        Plateau[][] sampled = [.. published.Select(Plateau.Of)];
        yield return Check.AtMost(
            "population: grown heads on every plateau, largest angle of key or query to an eigenvector, degrees", Zhang("§4.3"),
            Largest(Plateau.Of(population)), LargestAngle);
        yield return Check.AtMost(
            "published sample: the same, to an eigenvector of the sample, worst seed, degrees", Zhang("§4.3"),
            Largest(sampled.SelectMany(plateaus => plateaus)), LargestAngle)
            .Explained(
                "5,000 sequences are too few: chance turns a head by an angle that falls like 1/√P; the next row has sixteen times as many",
                Turned);
        yield return Check.AtMost(
            $"{Whole(MoreSequences)} sequences: the same on the first plateau, worst seed, degrees", Zhang("§4.3"),
            Largest(larger.SelectMany(Plateau.Of).Where(plateau => plateau.Learned == 1)), LargestAngle);
        yield return Same(
            "grown heads on the plateau with m = 0, 1, … components, seed by seed", Zhang("§4.3"),
            sampled.Select(Counts), sampled.Select(_ => "0 1 2 3 4"), "; ");

        static double Largest(IEnumerable<Plateau> plateaus) =>
            plateaus.SelectMany(plateau => plateau.Degrees).DefaultIfEmpty(double.NaN).Max();

        static string Counts(Plateau[] plateaus) =>
            string.Join(' ', plateaus.OrderBy(plateau => plateau.Learned).Select(plateau => plateau.Degrees.Length));
    }

    private static Check Grows(Growth growth) => Check.AtMost(
        $"population: head on component {growth.Component + 1} against its ODE, largest |Δv|/v(∞)", Zhang("Eq. 21"),
        growth.Error, PopulationGrowth);

    private static string NameOf(Growth growth) => $"head {growth.Head + 1}, component {growth.Component + 1}";

    private static Plot Values(string id, string title, Growth[] growths, Func<Growth, string> name) => RegressionPlots.OverTime(
        id, title, "v", "Solid: training. Dashed: Eq. 21 from a tenth of the full value on.",
        growths.SelectMany(g => new[]
        {
            Series.Measured(name(g), g.Time, g.Value, g.Component),
            Series.Predicted($"Eq. 21, component {g.Component + 1}", g.PredictedTime, g.Predicted, g.Component),
        }));

    /// <summary>The heads that are grown on a plateau: the larger angle of each one's key and query to an eigenvector.</summary>
    private sealed record Plateau(int Learned, double[] Degrees)
    {
        public static Plateau[] Of(RegressionFindings run)
        {
            ModeMoments moments = run.Study.Moments!;
            double threshold = Grown * Range(0, moments.Count).Min(moments.FullStrength);
            return
            [
                .. run.Comparison!.LongestPlateaus.Select(plateau => new Plateau(
                    plateau.Learned.Count,
                    [.. Heads(run, run.Training.CheckpointOn(plateau.Measured))
                        .Where(head => Norm(head.Correlated) * Norm(head.Query) >= threshold)
                        .Select(head => Max(Angle(head.Correlated), Angle(head.Query)))])),
            ];
        }

        /// <summary>
        /// Of each head v k + l V, what it correlates the context with by key and value weight and by its second way, and its query; in the
        /// eigenbasis.
        /// </summary>
        private static IEnumerable<(double[] Correlated, double[] Query)> Heads(RegressionFindings run, Checkpoint? checkpoint)
        {
            if (checkpoint is null)
                return [];
            var model = (SeparateAttention)run.Study.Model;
            double[] weights = model.Layout.ToEigenbasis(checkpoint.Weights, run.Study.Modes.Eigenvectors);
            return Range(0, model.Heads).Select(Head);

            (double[] Correlated, double[] Query) Head(int h)
            {
                SeparateHead head = model.Head(weights, h);
                (double v, double l) = (head.Value, head.KeyLabel[0]);
                return ([.. head.Key[0].ToArray().Zip(head.ValueInput.ToArray(), (k, V) => v * k + l * V)], head.Query[0].ToArray());
            }
        }

        private static double Norm(double[] vector) => Sqrt(vector.Sum(x => x * x));

        /// <summary>The angle to the nearest coordinate axis, in degrees.</summary>
        private static double Angle(double[] vector) => 180 / PI * Acos(Min(1, vector.Max(Abs) / Norm(vector)));
    }

    /// <summary>The growth of a head that ends up grown, from its checkpoints.</summary>
    private sealed record Growth(
        int Head, int Component, double[] Time, double[] Value, double[] PredictedTime, double[] Predicted, double Error)
    {
        /// <summary>Every head that ends up grown, by component.</summary>
        public static Growth[] Of(RegressionFindings run)
        {
            var model = (SeparateAttention)run.Study.Model;
            ModeMoments moments = run.Study.Moments!;
            HeadGrowth[] odes = [.. moments.Drive.Select((drive, d) => new HeadGrowth(drive, moments.Saturation(d)))];
            double[] last = model.Layout.ToEigenbasis(run.Training.FinalWeights, run.Study.Modes.Eigenvectors);
            return
            [
                .. Range(0, model.Heads)
                    .Where(h => Abs(model.Head(last, h).Value) >= Grown * odes.Min(ode => ode.FullValue))
                    .Select(h => (Head: h, Component: Range(0, odes.Length).MaxBy(d => Abs(model.Head(last, h).Key[0, d]))))
                    .OrderBy(grown => grown.Component)
                    .Select(grown => Of(run, model, grown.Head, grown.Component, odes[grown.Component])),
            ];
        }

        private static Growth Of(RegressionFindings run, SeparateAttention model, int head, int component, HeadGrowth ode)
        {
            double[] time = [.. run.Training.Checkpoints.Select(c => c.Time!.Value)];
            double[] values = [.. run.Training.Checkpoints.Select(c => Abs(model.Head(c.Weights, head).Value))];
            int start = Array.FindIndex(values, v => v >= From * ode.FullValue);
            double[] after = time[start..], predicted = [.. after.Select(t => ode.ValueAfter(values[start], t - after[0]))];
            double error = values[start..].Zip(predicted, (v, p) => Abs(v - p)).Max() / ode.FullValue;
            return new(head, component, time, values, after, predicted, error);
        }
    }
}
