using System.Text.RegularExpressions;

namespace Staircase.Lab.Tests;

/// <summary>
/// The pages of the documentation as text: links lead somewhere, the site's contents name every page, mathematics is drawn.
/// </summary>
public sealed partial class DocumentationPageTests
{
    public static TheoryData<string> Pages()
    {
        string root = Repository.Folder;
        IEnumerable<string> pages = Directory.EnumerateFiles(root, "*.md")
            .Concat(Directory.EnumerateFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories))
            .Append(Path.Combine(root, "benchmarks", "side-by-side", "README.md"))
            .Append(Path.Combine(root, "python", "README.md"));
        return [.. pages.Select(page => Path.GetRelativePath(root, page).Replace('\\', '/')).Order(StringComparer.Ordinal)];
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_lead_somewhere(string page)
    {
        string path = Path.Combine(Repository.Folder, page);
        foreach (Match link in Link().Matches(Prose(path)))
        {
            string target = link.Groups["target"].Value, heading = link.Groups["heading"].Value;
            string file = target.Length == 0 ? path : Path.Combine(Path.GetDirectoryName(path)!, target);
            Assert.True(File.Exists(file), $"{page} links to '{target}', which is no file of the repository.");
            Assert.True(
                heading.Length == 0 || Headings(file).Contains(heading),
                $"{page} links to '{target}#{heading}'; its headings are: {string.Join(' ', Headings(file))}");
        }
    }

    [Fact]
    public void The_sites_contents_name_every_page_of_docs_and_no_other()
    {
        string docs = Path.Combine(Repository.Folder, "docs");
        foreach (string folder in (string[])[docs, Path.Combine(docs, "theory")])
        {
            string contents = File.ReadAllText(Path.Combine(folder, "toc.yml"));
            string[] named = [.. Reference().Matches(contents).Select(m => m.Groups["page"].Value)];
            Assert.All(named, page => Assert.True(File.Exists(Path.Combine(folder, page)), $"toc.yml of {folder} names {page}."));
            IEnumerable<string> pages = Directory.EnumerateFiles(folder, "*.md").Select(page => Path.GetFileName(page)!);
            Assert.Empty(pages.Except(named, StringComparer.Ordinal));
        }
    }

    /// <summary>
    /// Displayed formulas have their dollars on lines of their own, since renderers otherwise read the backslashes in them as Markdown's;
    /// those within a line are closed on it.
    /// </summary>
    [Theory]
    [MemberData(nameof(Pages))]
    public void Mathematics_is_drawn(string page)
    {
        bool displayed = false;
        foreach (string line in Prose(Path.Combine(Repository.Folder, page)).Split('\n').Select(line => line.Trim()))
        {
            if (line == "$$")
            {
                displayed = !displayed;
                continue;
            }

            Assert.False(line.Contains("$$", StringComparison.Ordinal), $"{page}: '$$' must stand alone on its line, not in: {line}");
            Assert.False(displayed && line.Length == 0, $"{page}: a displayed formula has an empty line.");
            Assert.False(displayed && line[0] is '+' or '-' or '=' or '#' or '>', $"{page}: Markdown takes this line for its own: {line}");
            Assert.True(displayed || line.Count(c => c == '$') % 2 == 0, $"{page}: a formula is not closed: {line}");
        }

        Assert.False(displayed, $"{page}: a displayed formula is not closed.");
    }

    /// <summary>A page without its blocks and spans of code.</summary>
    private static string Prose(string path) => Code().Replace(File.ReadAllText(path).ReplaceLineEndings("\n"), "");

    /// <summary>What GitHub and the site name headings by: lower case, without signs, hyphens for spaces.</summary>
    private static HashSet<string> Headings(string path) =>
    [
        .. Heading().Matches(Block().Replace(File.ReadAllText(path).ReplaceLineEndings("\n"), ""))
            .Select(match => NoAnchor().Replace(match.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')),
    ];

    [GeneratedRegex(@"\]\((?!\w+:)(?<target>[^)#\s]*)(#(?<heading>[^)\s]+))?\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Link();

    [GeneratedRegex(@"href: (?<page>\S+\.md)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Reference();

    [GeneratedRegex("^```.*?^```$|^(?: {4}[^\n]*\n)+|`[^`\n]*`", RegexOptions.Singleline | RegexOptions.Multiline, 1000)]
    private static partial Regex Code();

    [GeneratedRegex("^```.*?^```$", RegexOptions.Singleline | RegexOptions.Multiline, 1000)]
    private static partial Regex Block();

    [GeneratedRegex("^#+ (?<text>.*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.None, 1000)]
    private static partial Regex NoAnchor();
}
