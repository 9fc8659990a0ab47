using System.Text.RegularExpressions;

namespace Staircase.Cli.Tests;

/// <summary>The programs of docs/library.md are the files of docs/samples, and print what the page shows.</summary>
public sealed partial class LibraryGuideTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Folder, "docs", "library.md")).ReplaceLineEndings("\n");

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly string[] Samples = Directory.GetFiles(Path.Combine(Repository.Folder, "docs", "samples"), "*.cs");

    public static TheoryData<string, string> Runs()
    {
        var runs = new TheoryData<string, string>();
        foreach (Match run in Run().Matches(Page))
            runs.Add(run.Groups["arguments"].Value, run.Groups["output"].Value);
        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_program_prints_what_is_shown(string arguments, string output)
    {
        string configuration = Directory.GetParent(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar))!.Name;
        string[] built = ["dotnet", "run", "-c", configuration, "-p:BuildProjectReferences=false"]; // whoever tests has built them
        string printed = StaircaseProcess.RunOther(Repository.Folder, [.. built, .. arguments.Split(' ')]).Succeeded().Out;
        string expected = Trim(output), actual = Trim(printed);
        Assert.True(expected == actual, $"'dotnet run {arguments}' is shown to print\n{expected}\nbut prints\n{actual}");
    }

    [Fact]
    public void Every_program_is_shown_as_it_is_and_run()
    {
        Assert.NotEmpty(Samples);
        Assert.All(Samples, sample =>
        {
            string name = Path.GetFileName(sample), code = File.ReadAllText(sample).ReplaceLineEndings("\n");
            Assert.True(Page.Contains($"```csharp\n{code}```\n", StringComparison.Ordinal), $"The page does not show {name} as it is.");
            Assert.True(Runs().Any(run => run.Data.Item1.Contains(name, StringComparison.Ordinal)), $"The page does not run {name}.");
        });
    }

    /// <summary>The README's block is run against the packages (tests/packages/run).</summary>
    [Fact]
    public void No_other_page_shows_a_program_that_nothing_runs()
    {
        string[] pages = Directory.GetFiles(Path.Combine(Repository.Folder, "docs"), "*.md", SearchOption.AllDirectories);
        Assert.Contains(pages, page => Path.GetFileName(page) == "library.md");
        Assert.All(pages, page =>
        {
            int shown = Regex.Count(File.ReadAllText(page), "^```(csharp|cs|c#)", RegexOptions.Multiline | RegexOptions.IgnoreCase, Second);
            int run = Path.GetFileName(page) == "library.md" ? Samples.Length : 0;
            Assert.True(
                shown == run,
                $"{page} shows {shown} programs in C#, of which {run} are run: move them to docs/samples and library.md.");
        });
    }

    private static string Trim(string text) =>
        string.Join('\n', text.Trim().ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd()));

    [GeneratedRegex(
        @"^```console\n\$ dotnet run -c Release (?<arguments>docs/samples/.*?)\n(?<output>.*?)^```",
        RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Run();
}
