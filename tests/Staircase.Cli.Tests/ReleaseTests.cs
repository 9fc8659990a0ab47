using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Staircase.Cli.Tests;

/// <summary>What a release says of itself, in whichever file, is the same and complete.</summary>
public sealed class ReleaseTests
{
    [Theory]
    [InlineData("Directory.Build.props", "<Version>(.*)</Version>")]
    [InlineData("CITATION.cff", "^version: (.*)$")]
    [InlineData("CHANGELOG.md", "^## (\\S+)")]
    public void A_file_says_the_version_of_the_program(string file, string pattern)
    {
        string program = typeof(Application).Assembly.GetName().Version!.ToString(3);
        Match said = Regex.Match(Text(file), pattern, RegexOptions.Multiline, TimeSpan.FromSeconds(1));
        Assert.True(said.Groups[1].Value == program, $"{file} says version '{said.Groups[1].Value}', the program {program}.");
    }

    [Fact]
    public void Every_package_that_is_used_stands_in_the_notice()
    {
        XDocument used = XDocument.Parse(Text("Directory.Packages.props"));
        string[] packages = [.. used.Descendants("PackageVersion").Select(package => package.Attribute("Include")!.Value), .. Shipped()];
        string[] notice = Text("NOTICE").Split([' ', '\n', ',', '(', ')'], StringSplitOptions.RemoveEmptyEntries);
        Assert.All(
            packages, package => Assert.True(Families(package).Any(notice.Contains), $"NOTICE does not name {package} and its licence."));

        // A family is named once: SQLitePCLRaw for SQLitePCLRaw.core.
        static IEnumerable<string> Families(string package)
        {
            for (string name = package; name.Length > 0; name = name[..Math.Max(0, name.LastIndexOf('.'))])
                yield return name;
        }
    }

    /// <summary>The packages whose files lie beside the program.</summary>
    private static string[] Shipped()
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
