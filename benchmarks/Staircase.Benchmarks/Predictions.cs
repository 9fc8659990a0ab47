using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Staircase.Lab;

namespace Staircase.Benchmarks;

/// <summary>
/// Puts predictions to the test at settings of its own drawing: predicts, trains by the exact flow, and counts how far the times of the
/// drops are off, flagged and not. <c>predictions [settings] [seed] [--list]</c>.
/// </summary>
internal static class Predictions
{
    private const double Tolerance = 1e-7;

    /// <summary>A drop that has not come after so many times the predicted course never comes.</summary>
    private const double Patience = 3;

    /// <summary>Operations after which a setting is given up: minutes.</summary>
    private const double Affordable = 2e11;

    /// <summary>Halvings of a step of the flow until the time of a drop is known.</summary>
    private const int Bisections = 30;

    /// <summary>When it is read off who has learned what on the last plateau, in times of the last drop.</summary>
    private const double LastPlateau = 1.25;

    private static readonly (string Name, int Share, Func<Random, string> Draw)[] Sets =
    [
        ("separate, population, init ≤ 1e-2", 50, Separate),
        ("equal and near-equal drives, R > 1, other blocks", 20, Degenerate),
        ("samples, P ≥ 2,000", 15, Sampled),
        ("merged, cubic, population", 15, Merged),
    ];

    private sealed record Drop(string Setting, double Predicted, double Measured, bool IsFlagged, bool? IsRight, bool? IsInside)
    {
        public double Error => double.IsFinite(Measured) ? Math.Abs(Measured / Predicted - 1) : double.PositiveInfinity;
    }

    public static int Run(string[] args)
    {
        string[] numbers = [.. args.Where(word => word != "--list")];
        int settings = numbers.Length > 0 ? int.Parse(numbers[0], CultureInfo.InvariantCulture) : 500;
        int seed = numbers.Length > 1 ? int.Parse(numbers[1], CultureInfo.InvariantCulture) : 2026;
        Console.WriteLine(
            "| set | settings | not predicted, or too long to train | unflagged drops | off > 5 % | off > 20 % | flagged | "
            + "of which off > 5 % | median error | right head and component | inside the 95 % interval |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        var watch = Stopwatch.StartNew();
        Drop[][][] results = [.. Sets.Select(set => new Drop[settings * set.Share / 100][])];
        (int Set, int Index)[] all = [.. results.SelectMany((drops, set) => drops.Select((_, i) => (set, i)))];
        int done = 0;
        Parallel.ForEach(Partitioner.Create(all, EnumerablePartitionerOptions.NoBuffering), one =>
        {
            (_, int share, Func<Random, string> draw) = Sets[one.Set];
            results[one.Set][one.Index] = Measure(draw(new Random(HashCode(seed, share, one.Index)))) ?? [];
            int now = Interlocked.Increment(ref done);
            if (now % 10 == 0 || now == all.Length)
                Console.Error.WriteLine($"{now} of {all.Length} settings, {watch.Elapsed.TotalSeconds:F0} s");
        });
        for (int set = 0; set < Sets.Length; set++)
        {
            Drop[] drops = [.. results[set].SelectMany(drops => drops)];
            Print(Sets[set].Name, results[set].Length, results[set].Count(drops => drops.Length == 0), drops);
            if (args.Contains("--list", StringComparer.Ordinal))
                List(drops);
        }

        return 0;
    }

    private static int HashCode(int seed, int share, int index) => unchecked((seed * 31 + share) * 1_000_003 + index);

    private static void Print(string name, int settings, int without, Drop[] drops)
    {
        Drop[] plain = [.. drops.Where(drop => !drop.IsFlagged)], flagged = [.. drops.Where(drop => drop.IsFlagged)];
        double[] errors = [.. plain.Select(drop => drop.Error).Order()];
        bool[] right = [.. plain.Select(drop => drop.IsRight).OfType<bool>()], inside =
            [.. drops.Select(drop => drop.IsInside).OfType<bool>()];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {settings} | {without} | {plain.Length} | {Share(plain, 0.05)} | {Share(plain, 0.2)} | {flagged.Length} | "
            + $"{Share(flagged, 0.05)} | {(errors.Length > 0 ? errors[errors.Length / 2] : double.NaN):0.0e+0} | "
            + $"{right.Count(x => x)} of {right.Length} | {(inside.Length > 0 ? $"{inside.Count(x => x)} of {inside.Length}" : "—")} |"));
    }

    private static string Share(Drop[] drops, double error)
    {
        int count = drops.Count(drop => !(drop.Error <= error));
        return string.Create(CultureInfo.InvariantCulture, $"{count} ({100.0 * count / Math.Max(1, drops.Length):0.#} %)");
    }

    private static void List(Drop[] drops)
    {
        foreach (Drop drop in drops.Where(drop => !drop.IsFlagged && (!(drop.Error <= 0.05) || drop.IsRight == false)))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  predicted {drop.Predicted:G6}, measured {drop.Measured:G6}"
                + $"{(drop.IsRight == false ? ", other head or component" : "")}: {drop.Setting}"));
        }
    }

    /// <summary>The drops of a setting, predicted and measured; null where there is no theory.</summary>
    private static Drop[]? Measure(string setting)
    {
        string[] words = setting.Split(' ');
        Experiment experiment = new RegressionExperiment();
        for (int i = 0; i < words.Length; i += 2)
            experiment = experiment.Kind.Set(experiment, words[i][2..], words[i + 1], null);
        var study = (RegressionStudy)experiment.Prepare();
        if (study.Prediction is not { Drops.Count: > 0 } prediction)
            return null;
        double end = Patience * FlowCheck.EndOf(prediction);
        var objective = new Objective(study.Model, study.Loss);
        double most = Affordable / FlowCheck.CostOfGradient(objective, study.InitialWeights);
        var flow = new GradientFlow(objective, study.InitialWeights, new() { RelativeTolerance = Tolerance });
        double[] middles = [.. prediction.Plateaus.Select(MiddleOf)];
        double timeBefore = 0;
        var holders = new List<double[][]?>(); // on each plateau
        var times = new List<double>();
        while (flow.State.Time < end && (times.Count < prediction.Drops.Count || holders.Count < middles.Length))
        {
            flow.Advance(end);
            if (flow.State.Evaluations > most)
                return null;
            while (times.Count < prediction.Drops.Count && flow.Loss < Middle(times.Count))
            {
                double low = timeBefore, high = flow.State.Time;
                for (int i = 0; i < Bisections; i++)
                {
                    double middle = (low + high) / 2;
                    (low, high) = objective.Evaluate(flow.WeightsAt(middle)) < Middle(times.Count) ? (low, middle) : (middle, high);
                }

                times.Add(high);
            }

            while (holders.Count < middles.Length && middles[holders.Count] <= flow.State.Time)
                holders.Add(Holders(study, flow.WeightsAt(middles[holders.Count])));
            timeBefore = flow.State.Time;
        }

        return [.. prediction.Drops.Select((drop, i) => new Drop(
            setting, drop.Time, i < times.Count ? times[i] : double.PositiveInfinity, drop.NearTie is not null,
            i + 1 < holders.Count ? IsRight(prediction, drop, holders[i], holders[i + 1]) : null,
            i < times.Count && drop.High > drop.Low ? times[i] >= drop.Low && times[i] <= drop.High : null))];

        double Middle(int drop) => (prediction.Plateaus[drop].Height + prediction.Plateaus[drop + 1].Height) / 2;
    }

    private static double[][]? Holders(RegressionStudy study, double[] weights) =>
        study.Model is SeparateAttention separate ? HeadStrengths.Of(separate, weights, study.Moments!.Basis) : null;

    /// <summary>In the middle of a plateau; the last one is as long as trainings make it.</summary>
    private static double MiddleOf(PredictedPlateau plateau) =>
        double.IsFinite(plateau.End) ? (plateau.Start + plateau.End) / 2 : plateau.Start * LastPlateau;

    /// <summary>
    /// Whether the component that gained most from one plateau to the next is the predicted one, or of the same drive, and the head that
    /// gained most of it the predicted one; gains count in full strengths. Null where all heads act as one.
    /// </summary>
    private static bool? IsRight(Prediction prediction, PredictedDrop drop, double[][]? before, double[][]? after)
    {
        if (before is null || after is null || drop.Head is not { } head)
            return null;
        ModeMoments moments = prediction.Moments;
        double[][] gains =
        [
            .. after.Select((row, h) => row.Select((strength, d) =>
                moments.FullStrength(d) > 0 ? (strength - before[h][d]) / moments.FullStrength(d) : 0).ToArray()),
        ];
        IReadOnlyList<int> space = moments.Spaces.MaxBy(space => space.Sum(d => gains.Sum(row => row[d])))!;
        return space.Contains(drop.Modes[0]) && gains[head].Where(IsIn).Sum() == gains.Max(row => row.Where(IsIn).Sum());

        bool IsIn(double gain, int d) => space.Contains(d);
    }

    private static string Separate(Random random) => Separate(random, random.Next(2, 9));

    /// <summary>A setting of separate attention in D dimensions.</summary>
    internal static string Separate(Random random, int D) =>
        $"--dim {D} --spectrum {Generic(random, D)} --context {Pick(random, 10, 31, 100)} --init {Pick(random, "1e-3", "3e-3", "1e-2")} "
            + $"--heads {D + random.Next(1, 4)} --seed {random.Next(1_000_000)}";

    private static string Degenerate(Random random)
    {
        int kind = random.Next(4), D = random.Next(10) == 0 ? random.Next(9, 17) : random.Next(2, 9);
        if (kind == 3)
            D = Math.Min(D, 6); // all blocks cost D² more
        string shared = $"--dim {D} --context 31 --init {Pick(random, "1e-3", "3e-3", "1e-2")} --seed {random.Next(1_000_000)}";
        return kind switch
        {
            0 => $"{shared} --spectrum {(random.Next(3) == 0 ? "white" : Near(random, D, 0))}",
            1 => $"{shared} --spectrum {Near(random, D, 0.04)}",
            2 => $"{shared} --spectrum {Generic(random, D)} --rank {random.Next(2, Math.Max(3, D + 1))}",
            _ => $"{shared} --spectrum {Generic(random, D)} --init-scheme {Pick(random, "full", "layers")}",
        };
    }

    private static string Sampled(Random random)
    {
        int D = random.Next(2, 6);
        return $"--dim {D} --spectrum {Generic(random, D)} --context 31 --init {Pick(random, "1e-3", "1e-2")} "
            + $"--data sample:{Pick(random, 2000, 5000, 10000)} --seed {random.Next(1_000_000)}";
    }

    private static string Merged(Random random)
    {
        int D = random.Next(2, 9);
        return $"--attention {Pick(random, "merged", "cubic")} --dim {D} --spectrum {Generic(random, D)} "
            + $"--context {Pick(random, 10, 31, 100)} --init {Pick(random, "1e-4", "1e-3", "1e-2")} --seed {random.Next(1_000_000)}";
    }

    /// <summary>Linear, or eigenvalues that fall by a factor of 1.15 to 1.8 each.</summary>
    private static string Generic(Random random, int D)
    {
        if (random.Next(3) == 0)
            return "linear";
        double λ = 1;
        return string.Join(',', Enumerable.Range(0, D).Select(_ => Text(λ /= 1.15 + 0.65 * random.NextDouble())));
    }

    /// <summary>Pairs of eigenvalues that are equal, or apart by a share at most.</summary>
    private static string Near(Random random, int D, double share)
    {
        double λ = 1;
        return string.Join(',', Enumerable.Range(0, D).Select(d =>
            d % 2 == 1 ? Text(λ * (1 - share * random.NextDouble())) : Text(λ /= 1.3 + 0.5 * random.NextDouble())));
    }

    private static T Pick<T>(Random random, params T[] choices) => choices[random.Next(choices.Length)];

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
