using System.Text;
using System.Text.Json.Nodes;

namespace Staircase.Browser;

/// <summary>What the page does, for a terminal and for a program.</summary>
internal static class CopiedCode
{
    /// <summary>All of it.</summary>
    public static JsonObject Of(ExperimentWords words) => new()
    {
        ["predict"] = Command("predict", words),
        ["train"] = Command("train", words),
        ["cSharp"] = CSharp(words),
    };

    /// <summary>A command.</summary>
    public static string Command(string command, ExperimentWords words)
    {
        ExperimentKind kind = words.Kind ?? ExperimentKinds.Default;
        return CommandText.Of(
        [
            "staircase", command, "--kind", kind.Name,
            .. words.Words.SelectMany(word => kind.Keys.FirstOrDefault(key => key.Name == word.Key) is { Placeholder: null }
                ? word.Value == "true" ? [$"--{word.Key}"] : Array.Empty<string>()
                : [$"--{word.Key}", word.Value]),
        ]);
    }

    /// <summary>A program of a few lines.</summary>
    private static string CSharp(ExperimentWords words)
    {
        var code = new StringBuilder();
        code.AppendLine("using Staircase.Lab;").AppendLine();
        string kind = (words.Kind ?? ExperimentKinds.Default).Name;
        code.AppendLine($"var words = new ExperimentWords(ExperimentKinds.Named(\"{kind}\", null), true,");
        code.AppendLine("[");
        foreach (ExperimentWord word in words.Words)
            code.AppendLine($"    new({Literal(word.Key)}, {Literal(word.Value)}, null),");
        code.AppendLine("]);");
        code.AppendLine("Study study = words.Experiment().Prepare();");
        code.AppendLine("Console.WriteLine(Json.Text(study.Predict(check: false).Data));");
        return code.ToString();
    }

    private static string Literal(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
