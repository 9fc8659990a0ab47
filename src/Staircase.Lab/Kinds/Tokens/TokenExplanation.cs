namespace Staircase.Lab;

/// <summary>A training on sequences of tokens in sentences: what the model knows when, and which heads carry it.</summary>
internal static class TokenExplanation
{
    /// <summary>The sentences.</summary>
    public static IReadOnlyList<string> Of(TokenFindings run) => [.. Sentences(run)];

    private static IEnumerable<string> Sentences(TokenFindings run)
    {
        (KnownPredictor simple, KnownPredictor best) = (run.Simple, run.Best);
        if (run.Emergence is { } e)
        {
            yield return $"Until step {Whole(e.Start)} the model is on the plateau of {simple.Name}: what that predictor knows (loss "
                + $"{Number(simple.Loss)}, in-context score {Number(simple.Score)}) comes first, for {best.Name} ({Number(best.Loss)}, "
                + $"{Number(best.Score)}) needs what followed a token before"
                + (run.Study.Shape.Layers > 1 ? ": heads of two layers that work together, of which neither pays alone." : ".");
            yield return $"From step {Whole(e.Start)} to {Whole(e.End)} in-context learning emerges: the score goes 10 to 90 % of its way, "
                + $"half of it at step {Whole(e.Half)}.";
        }

        yield return $"In the end the loss is {Number(run["loss"][^1])} and the score {Number(run["score"][^1])}; {best.Name} is "
            + $"{Number(run[$"distance_{best.Name}"][^1])} away (KL), {simple.Name} {Number(run[$"distance_{simple.Name}"][^1])}.";
        yield return $"The head that most {Strongest(run, "previous", "attends to the token before")}; the one that most "
            + $"{Strongest(run, "prefix", "attends to what followed its token")}.";
        foreach (string sentence in run.Findings.Sentences.Skip(run.Emergence is null ? 0 : 1))
            yield return sentence;
    }

    private static string Strongest(TokenFindings run, string measure, string does)
    {
        (int layers, int heads) = (run.Study.Shape.Layers, run.Study.Shape.Heads);
        (int Layer, int Head, double Score) best = Range(0, layers * heads)
            .Select(m => (m / heads, m % heads, run[$"{measure}_{m / heads}_{m % heads}"][^1])).MaxBy(head => head.Item3);
        return $"{does} is head {best.Head} of layer {best.Layer} ({Number(best.Score, digits: 3)})";
    }
}
