using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Staircase.Cli.Tests;

/// <summary>What a release says of itself, in whichever file, is the same and complete.</summary>
public sealed class ReleaseTests
{
    [Theory]
    [InlineData("Directory.Build.props", "<Version>(.*)</Version>")]
    [InlineData("CITATION.cff", "^version: (.*)$")]
    [InlineData("CHANGELOG.md", "^## (\\S+)")]
    [InlineData("python/staircase/__init__.py", "^__version__ = \"(.*)\"$")]
    public void A_file_says_the_version_of_the_program(string file, string pattern)
    {
        string program = typeof(Application).Assembly.GetName().Version!.ToString(3);
        Match said = Regex.Match(Text(file), pattern, RegexOptions.Multiline, TimeSpan.FromSeconds(1));
        Assert.True(said.Groups[1].Value == program, $"{file} says version '{said.Groups[1].Value}', the program {program}.");
    }

    [Fact]
    public void Every_package_that_is_used_stands_in_the_notice()
    {
        string[] packages =
        [
            .. Regex.Matches(Text("Directory.Packages.props"), "PackageVersion Include=\"(.*?)\"", RegexOptions.None, TimeSpan.FromSeconds(1))
                .Select(match => match.Groups[1].Value),
            .. Shipped(),
        ];
        string notice = Text("NOTICE");
        Assert.All(packages, package => Assert.True(Named(package), $"NOTICE does not name {package} and its licence."));

        // A family is named once: SQLitePCLRaw for SQLitePCLRaw.core.
        bool Named(string package) => package.Split('.') is { } words && Enumerable.Range(1, words.Length).Any(
            count => Regex.IsMatch(
                notice, $@"(?<![\w.]){Regex.Escape(string.Join('.', words[..count]))}(?![\w.])", RegexOptions.None, TimeSpan.FromSeconds(1)));
    }

    /// <summary>The packages whose files lie beside the program.</summary>
    private static IEnumerable<string> Shipped()
    {
        JsonNode described = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Staircase.Cli.deps.json")))!;
        string[] packages =
        [
            .. described["libraries"]!.AsObject().Where(library => (string)library.Value!["type"]! == "package")
                .Select(library => library.Key.Split('/')[0]),
        ];
        Assert.True(packages.Length > 5, $"Staircase.Cli.deps.json names {packages.Length} packages.");
        return packages;
    }

    private static string Text(string file) => File.ReadAllText(Path.Combine(Repository.Folder, file)).ReplaceLineEndings("\n");
}
