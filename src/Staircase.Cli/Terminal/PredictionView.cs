using Staircase.Lab;

namespace Staircase.Cli;

/// <summary>Predictions as tables and as JSON.</summary>
internal static class PredictionView
{
    public static void Print(Study study, Prediction prediction)
    {
        double? timePerStep = study.Experiment.EffectiveOptimizer == OptimizerKind.Flow ? null : Trainer.OptimizerOf(study.Experiment).TimePerStep;
        string[] headers = ["plateau", "learned", "loss", "from time", "to time", .. timePerStep is null ? Array.Empty<string>() : ["to step"], "next: head → component", "in context it", "doubt"];
        Output.Table(headers, prediction.Plateaus.Select((plateau, i) =>
        {
            PredictedDrop? drop = i < prediction.Drops.Count ? prediction.Drops[i] : null;
            string[] row =
            [
                (i + 1).ToString(), Components(plateau.Learned), plateau.Height.ToString("G6"), Output.Number(plateau.Start), Output.Number(plateau.End),
                .. timePerStep is { } δ ? [Output.Number(plateau.End / δ)] : Array.Empty<string>(),
                drop is null ? "" : drop.Head is { } head ? $"{head + 1} → {Components(drop.Modes)}" : $"all → {Components(drop.Modes)}",
                AlgorithmOf(prediction, plateau), drop?.NearTie ?? "",
            ];
            return row;
        }));
    }

    public static object Json(Prediction prediction) => new
    {
        Plateaus = prediction.Plateaus.Select((plateau, i) => new
        {
            Index = i + 1,
            Loss = plateau.Height,
            plateau.Start,
            plateau.End,
            Learned = plateau.Learned.Select(d => d + 1),
            Algorithm = AlgorithmOf(prediction, plateau),
        }),
        Drops = prediction.Drops.Select(drop => new { drop.Time, Components = drop.Modes.Select(d => d + 1), Head = drop.Head + 1, drop.NearTie }),
        Curve = Curve(prediction),
        Results = prediction.Results.Select(result => new { result.Name, result.Statement, Source = $"{result.Paper.Citation} {result.Where}" }),
    };

    /// <summary>Components counted from 1 along the descending spectrum; runs are shortened.</summary>
    public static string Components(IReadOnlyList<int> modes) => modes.Count switch
    {
        0 => "none",
        > 6 when modes.Order().SequenceEqual(Enumerable.Range(modes.Min(), modes.Count)) => $"{modes.Min() + 1}–{modes.Max() + 1}",
        > 8 => $"{modes.Count} of them",
        _ => string.Join(' ', modes.Select(d => d + 1)),
    };

    private static string AlgorithmOf(Prediction prediction, PredictedPlateau plateau)
    {
        bool leading = plateau.Learned.ToHashSet().SetEquals(prediction.Moments.Order.Take(plateau.Learned.Count));
        return leading
            ? Algorithm.NameOf(plateau.Learned.Count, prediction.Moments.Count)
            : $"regresses on components {Components([.. plateau.Learned.Order()])}";
    }

    private static object Curve(Prediction prediction)
    {
        double[] times = prediction.CurveTimes();
        int stride = Math.Max(1, times.Length / 4000);
        double[] thinned = [.. times.Where((_, i) => i % stride == 0 || i == times.Length - 1)];
        return new { Time = thinned, Loss = thinned.Select(prediction.LossAt) };
    }
}
