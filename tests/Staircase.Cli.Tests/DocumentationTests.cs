using System.Text.RegularExpressions;

namespace Staircase.Cli.Tests;

/// <summary>Commands that the documentation shows with their output are run, and print that output.</summary>
[Collection(InProcess.Name)]
public sealed partial class DocumentationTests
{
    public static TheoryData<string, string, string> Examples()
    {
        var examples = new TheoryData<string, string, string>();
        string root = Repository.Folder;
        IEnumerable<string> pages = Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories);
        foreach (string path in pages.Append(Path.Combine(root, "README.md")).Order(StringComparer.Ordinal))
        {
            foreach (Match block in ConsoleBlock().Matches(File.ReadAllText(path)))
            {
                foreach (Match command in Command().Matches(block.Groups["text"].Value))
                    examples.Add(Path.GetRelativePath(root, path), command.Groups["command"].Value, command.Groups["output"].Value);
            }
        }

        return examples;
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void A_shown_command_prints_what_is_shown(string file, string command, string output)
    {
        using var folder = new TemporaryFolder();
        string[] args = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int run = Array.IndexOf(args, "--out") + 1;
        string shownFolder = run > 0 ? args[run] : "";
        if (run > 0)
            args[run] = Path.Combine(folder.Path, shownFolder);
        string printed = InProcess.Run(args).Succeeded().Out;
        if (run > 0)
            printed = printed.Replace(args[run], shownFolder, StringComparison.Ordinal);
        string expected = Normalize(output), actual = Normalize(printed);
        Assert.True(expected == actual, $"{file}: 'staircase {command}' is shown to print\n{expected}\nbut prints\n{actual}");
    }

    [Fact]
    public void The_documentation_shows_commands() =>
        Assert.True(Examples().Count >= 2, $"Expected at least the README's two examples, found {Examples().Count}.");

    /// <summary>Trailing blanks and seconds of training are not part of what is shown.</summary>
    private static string Normalize(string text) =>
        Seconds().Replace(string.Join('\n', text.Trim().Split('\n').Select(line => line.TrimEnd())), "steps in … s;");

    [GeneratedRegex("```console\n(?<text>.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ConsoleBlock();

    [GeneratedRegex(
        @"^\$ staircase (?<command>.*?)\n(?<output>.*?)(?=^\$ |\z)",
        RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Command();

    [GeneratedRegex(@"steps in \S+ s;", RegexOptions.None, 1000)]
    private static partial Regex Seconds();
}
