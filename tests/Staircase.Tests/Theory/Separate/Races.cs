using System.Collections.Concurrent;

namespace Staircase.Tests;

/// <summary>Races on the papers' task (D 4, H 5, N 31), predicted and integrated.</summary>
internal static class Races
{
    public const int Seeds = 20;

    private static readonly double Half = 1 - Math.Sqrt(0.5); // the root of 2x − x² = ½
    private static readonly ConcurrentDictionary<(int Rank, double Scale), Lazy<RacedDrop[]>> Runs = new();

    /// <summary>All drops of all seeds.</summary>
    public static RacedDrop[] Of(int rank, double scale) => Runs.GetOrAdd((rank, scale), _ => new(() =>
    {
        var runs = new RacedDrop[Seeds][];
        Parallel.For(
            0, Seeds, i => runs[i] = Race(new SeparateAttention(4, 5, rank), scale, (ulong)i + 1, InitializationScheme.Papers, 4, 1e-8));
        return [.. runs.SelectMany(run => run)];
    })).Value;

    /// <summary>The first drops of one run.</summary>
    public static RacedDrop[] Race(
        SeparateAttention model, double scale, ulong seed, InitializationScheme scheme, int drops, double tolerance)
    {
        RegressionTask task = Papers.DefaultTask(model.InputDimension);
        double[] weights = model.Initialize(scale, seed, scheme);
        Prediction prediction = Prediction.Of(model, weights, ModeMoments.Of(task));
        PredictedDrop[] predicted = [.. prediction.Drops.Take(drops)];
        (double Time, int Head)[] measured = Measure(model, task, weights, 5 * predicted[^1].Time, drops, tolerance);
        int[] order = [.. Enumerable.Range(0, measured.Length)
            .OrderBy(d => double.IsNaN(measured[d].Time) ? double.PositiveInfinity : measured[d].Time)];
        return [.. predicted.Select(
            (drop, i) => new RacedDrop(seed, i, drop, measured[drop.Modes[0]].Time, measured[drop.Modes[0]].Head, order[i]))];
    }

    /// <summary>When each component has lost half of its loss, and which head holds most of it then.</summary>
    private static (double Time, int Head)[] Measure(
        SeparateAttention model, RegressionTask task, double[] weights, double until, int drops, double tolerance)
    {
        int D = task.InputDimension, left = drops;
        double[] half = [.. Enumerable.Range(0, D).Select(d => Half * Papers.FullStrength(task, d))];
        var found = new (double Time, int Head)[D];
        Array.Fill(found, (double.NaN, -1));
        var flow = new GradientFlow(
            new Objective(model, task.PopulationLoss()), weights, new FlowOptions { RelativeTolerance = tolerance });
        double start = 0;
        while (left > 0 && flow.State.Time < until)
        {
            flow.Advance(until);
            double[] M = model.InContextMatrix(flow.Weights);
            for (int d = 0; d < D; d++)
            {
                if (!double.IsNaN(found[d].Time) || M[d * (D + 1)] <= half[d])
                    continue;
                double low = start, high = flow.State.Time;
                for (int i = 0; i < 50; i++)
                {
                    double middle = (low + high) / 2;
                    if (model.InContextMatrix(flow.WeightsAt(middle))[d * (D + 1)] > half[d])
                        high = middle;
                    else
                        low = middle;
                }

                double[] then = flow.WeightsAt(high);
                found[d] = (high, Enumerable.Range(0, model.Heads).MaxBy(h => model.Head(then, h).Strength(d)));
                left--;
            }

            start = flow.State.Time;
        }

        return found;
    }
}
