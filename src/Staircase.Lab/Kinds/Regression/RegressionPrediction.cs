using System.Text.Json.Nodes;

namespace Staircase.Lab;

/// <summary>What theory says of an experiment, as a table and as JSON.</summary>
internal static class RegressionPrediction
{
    private const int DrawnPoints = 4000;

    /// <exception cref="InputException">There is no theory; the message says why.</exception>
    public static Findings Of(RegressionStudy study)
    {
        Prediction prediction = study.Prediction ?? throw new InputException($"There is no theory for this experiment: {study.NoTheory}.");
        double largest = study.LargestStableRate();
        return new(
            [TableOf(study, prediction)],
            [
                .. RegressionFindings.AboutSoftmax(study),
                $"Largest stable learning rate of gradient descent at the end: {Number(largest)}. "
                + "Time is that of the gradient flow (τ = 1); a step of gradient descent is 2η of it.",
            ],
            new()
            {
                ["experiment"] = Json.Map(study.Settings),
                ["prediction"] = JsonOf(prediction),
                ["largestStableLearningRate"] = Json.Number(largest)
            });
    }

    /// <summary>Components counted from 1 along the descending spectrum; runs are shortened.</summary>
    public static string Components(IReadOnlyList<int> modes) => modes.Count switch
    {
        0 => "none",
        > 6 when modes.Order().SequenceEqual(Enumerable.Range(modes.Min(), modes.Count)) => $"{modes.Min() + 1}–{modes.Max() + 1}",
        > 8 => $"{modes.Count} of them",
        _ => string.Join(' ', modes.Select(d => d + 1)),
    };

    private static Table TableOf(RegressionStudy study, Prediction prediction)
    {
        double? timePerStep = study.TimePerStep;
        string[] steps = timePerStep is null ? [] : ["to step"];
        return Table.Of(
            "", ["plateau", "learned", "loss", "from time", "to time", .. steps, "next: head → component", "in context it", "doubt"],
            prediction.Plateaus.Select((plateau, i) =>
                (Plateau: plateau, Index: i, Drop: i < prediction.Drops.Count ? prediction.Drops[i] : null)),
            row =>
            [
                $"{row.Index + 1}", Components(row.Plateau.Learned), Number(row.Plateau.Height, 6), Position(row.Plateau.Start),
                    Position(row.Plateau.End),
                .. steps.Select(_ => Position(row.Plateau.End / timePerStep)),
                row.Drop is null ? "" : $"{(row.Drop.Head is { } head ? $"{head + 1}" : "all")} → {Components(row.Drop.Modes)}",
                AlgorithmOf(prediction, row.Plateau), row.Drop?.NearTie ?? "",
            ]);
    }

    private static JsonObject JsonOf(Prediction prediction)
    {
        double[] times = prediction.CurveTimes();
        int stride = Math.Max(1, times.Length / DrawnPoints);
        double[] thinned = [.. times.Where((_, i) => i % stride == 0 || i == times.Length - 1)];
        return new()
        {
            ["plateaus"] = Json.List(prediction.Plateaus.Select((plateau, i) => (plateau, i)), p => new JsonObject
            {
                ["index"] = p.i + 1,
                ["loss"] = Json.Number(p.plateau.Height),
                ["start"] = Json.Number(p.plateau.Start),
                ["end"] = Json.Number(p.plateau.End),
                ["learned"] = Json.Integers(p.plateau.Learned.Select(d => d + 1)),
                ["algorithm"] = AlgorithmOf(prediction, p.plateau),
            }),
            ["drops"] = Json.List(prediction.Drops, drop => new JsonObject
            {
                ["time"] = Json.Number(drop.Time),
                ["components"] = Json.Integers(drop.Modes.Select(d => d + 1)),
                ["head"] = drop.Head + 1,
                ["nearTie"] = drop.NearTie,
            }),
            ["curve"] = new JsonObject { ["time"] = Json.Numbers(thinned), ["loss"] = Json.Numbers(thinned.Select(prediction.LossAt)) },
            ["results"] = Json.Of(prediction.Results),
        };
    }

    private static string AlgorithmOf(Prediction prediction, PredictedPlateau plateau) =>
        plateau.Learned.ToHashSet().SetEquals(prediction.Moments.Order.Take(plateau.Learned.Count))
            ? Algorithm.NameOf(plateau.Learned.Count, prediction.Moments.Count)
            : $"regresses on components {Components([.. plateau.Learned.Order()])}";
}
