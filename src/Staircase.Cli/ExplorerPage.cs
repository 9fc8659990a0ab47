using System.IO.Compression;
using System.Text.RegularExpressions;

namespace Staircase.Cli;

/// <summary>
/// The explorer's page. A program that was published or packed has it inside, a native one beside it; one that was built from a checkout
/// makes it there when it is first asked for, and again when a source has changed.
/// </summary>
internal static partial class ExplorerPage
{
    private const string Resource = "explorer.html", Engine = "<script id=\"engine\" type=\"application/json\">", EngineFolder = "engine",
        NoRun = "<script id=\"run\" type=\"application/json\">null</script>";

    private static readonly string Project = Path.Combine("src", "Staircase.Browser", "Staircase.Browser.csproj");
    private static readonly string Built = Path.Combine("web", "dist", "explorer.html");
    private static readonly string[] Sources = ["*.cs", "*.csproj", "*.xml", "*.ts", "*.css", "*.html", "*.json", "*.targets", "*.props"];

    /// <summary>The page as one file.</summary>
    /// <exception cref="InputException">This program has none and cannot make it.</exception>
    public static byte[] Read()
    {
        using Stream? embedded = typeof(ExplorerPage).Assembly.GetManifestResourceStream(Resource);
        if (embedded is not null)
        {
            byte[] content = new byte[embedded.Length];
            embedded.ReadExactly(content);
            return content;
        }

        string beside = Path.Combine(AppContext.BaseDirectory, Resource);
        if (File.Exists(beside))
            return File.ReadAllBytes(beside);
        if (Checkout() is not { } folder)
        {
            throw new InputException(
                "this program was built without the explorer's page: publish it ('dotnet publish src/Staircase.Cli') where Node 20.19 or "
                + "later and the package registry are at hand.");
        }

        string page = Path.Combine(folder, Built);
        if (!File.Exists(page) || NewestSource(folder) > File.GetLastWriteTimeUtc(page))
            Make(folder, page);
        return File.ReadAllBytes(page);
    }

    /// <summary>Writes the page as static files: <c>index.html</c>, and the files that it asks its own host for.</summary>
    /// <param name="folder">Where to.</param>
    /// <returns>The files, as paths in the folder.</returns>
    public static IReadOnlyList<string> WriteSite(string folder)
    {
        IReadOnlyDictionary<string, byte[]> files = Site().Files;
        Directory.CreateDirectory(Path.Combine(folder, EngineFolder));
        foreach ((string name, byte[] content) in files)
            AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(content), durable: false);
        return [.. files.Keys];
    }

    /// <summary>The page with a run in it: its report, its loss, and the setting to move from.</summary>
    /// <exception cref="InputException">The explorer has no page for such a run.</exception>
    public static byte[] With(Run run)
    {
        if (run.Study.Explored is not { } keys || run.Trajectory.Times is not { } times)
        {
            throw new InputException(
                $"{run.Name} cannot be live: the explorer moves settings of linear attention whose data and weights are drawn, and shows "
                + "them over the time of the flow.");
        }

        (string report, string numbers) = ReportFile.Stored(RunReport.Of(run));
        var carried = Json.Of(
            ("name", run.ShortName), ("keys", keys), ("time", times),
            ("loss", run.Trajectory.Losses), ("report", report), ("numbers", numbers));
        string html = Encoding.UTF8.GetString(Read());
        int at = html.IndexOf(NoRun, StringComparison.Ordinal);
        string script = NoRun.Replace("null", carried.ToJsonString(), StringComparison.Ordinal); // what could end a script is escaped in it
        return Encoding.UTF8.GetBytes(string.Concat(html.AsSpan(0, at), script, html.AsSpan(at + NoRun.Length)));
    }

    /// <summary>The page as files of a host, and the scripts that its policy allows.</summary>
    /// <param name="isServed">Whether the host is <see cref="ExplorerServer"/>, so that there are runs to show.</param>
    public static (IReadOnlyDictionary<string, byte[]> Files, string Scripts) Site(bool isServed = false)
    {
        string html = Encoding.UTF8.GetString(Read());
        int begin = html.IndexOf(Engine, StringComparison.Ordinal) + Engine.Length;
        int end = html.IndexOf("</script>", begin, StringComparison.Ordinal);
        JsonObject packed = JsonNode.Parse(html[begin..end])!["files"]!.AsObject();
        string head = html[..begin].Replace("default-src 'none'", "default-src 'none'; connect-src 'self'");
        string names = Json.Of(("names", packed.Select(file => file.Key)), ("served", isServed)).ToJsonString();
        var files = new Dictionary<string, byte[]>
        {
            ["index.html"] = Encoding.UTF8.GetBytes(string.Concat(head, names, html.AsSpan(end))),
        };
        foreach ((string name, JsonNode? content) in packed)
            files.Add($"{EngineFolder}/{Path.GetFileName(name)}", Unpacked((string)content!));
        return (files, Scripts().Match(html).Groups["list"].Value);
    }

    private static byte[] Unpacked(string packed)
    {
        using var gzip = new GZipStream(new MemoryStream(Convert.FromBase64String(packed)), CompressionMode.Decompress);
        using var content = new MemoryStream();
        gzip.CopyTo(content);
        return content.ToArray();
    }

    [GeneratedRegex("script-src (?<list>[^;]+);", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Scripts();

    /// <summary>The checkout that this program was built in; null where there is none.</summary>
    private static string? Checkout()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, Project)))
                return folder;
        }

        return null;
    }

    private static DateTime NewestSource(string folder)
    {
        string[] projects = ["Kernels", "Transformers", "Checkpoints", "Lab", "Browser"];
        IEnumerable<string> files = projects.Select(project => $"Staircase.{project}").Append("Staircase")
            .SelectMany(project => Files(Path.Combine(folder, "src", project)))
            .Concat(Files(Path.Combine(folder, "web", "src")))
            .Concat(Sources.SelectMany(pattern => Directory.EnumerateFiles(Path.Combine(folder, "web"), pattern)));
        return files.Select(File.GetLastWriteTimeUtc).DefaultIfEmpty().Max();
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder).Where(IsSource)
            .Concat(Directory.EnumerateDirectories(folder)
                .Where(inner => Path.GetFileName(inner) is not ("bin" or "obj")).SelectMany(Files));

    private static bool IsSource(string path) => Sources.Contains($"*{Path.GetExtension(path)}");

    private static void Make(string folder, string page)
    {
        Console.Error.WriteLine("staircase: making the explorer's page, which takes a minute or two; the next time it is there.");
        File.Delete(page);
        (_, string output, string errors) =
            Programs.Run("dotnet", ["publish", Path.Combine(folder, Project), "-c", "Release", "--nologo", "-v", "quiet"]);
        string? reason = (output + errors).Split('\n', StringSplitOptions.TrimEntries).FirstOrDefault(line => line.Contains("error"));
        Require(
            File.Exists(page), $"the explorer's page could not be made: {reason ?? "Node 20.19 or later with npm is missing"}");
    }
}
