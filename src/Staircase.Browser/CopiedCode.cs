namespace Staircase.Browser;

/// <summary>What the page does, for a terminal and for a program.</summary>
internal static class CopiedCode
{
    /// <summary>All of it.</summary>
    public static JsonObject Of(ExperimentWords words) => Json.Of(
        ("predict", Command("predict", words)), ("train", Command("train", words)), ("cSharp", CSharp(words)));

    /// <summary>A command.</summary>
    public static string Command(string command, ExperimentWords words) =>
        CommandText.With(command, words.Kind ?? ExperimentKinds.Default, words.Words.Select(word => (word.Key, word.Value)));

    /// <summary>A program of a few lines.</summary>
    private static string CSharp(ExperimentWords words) => $$"""
        using Staircase.Lab;

        var words = new ExperimentWords(ExperimentKinds.Named("{{(words.Kind ?? ExperimentKinds.Default).Name}}", null), true,
        [
        {{string.Concat(words.Words.Select(word => $"    new({Literal(word.Key)}, {Literal(word.Value)}, null),\n"))}}]);
        Study study = words.Experiment().Prepare();
        Console.WriteLine(Json.Text(study.Predict(check: false).Data));

        """;

    private static string Literal(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
