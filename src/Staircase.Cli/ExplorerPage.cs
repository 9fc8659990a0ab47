using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Staircase.Checkpoints;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary>
/// The explorer's page. A program that was published or packed has it inside; one that was built from a checkout makes it there when it is
/// first asked for, and again when a source has changed.
/// </summary>
internal static class ExplorerPage
{
    private const string Resource = "explorer.html", Engine = "<script id=\"engine\" type=\"application/json\">", EngineFolder = "engine";

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

        if (Checkout() is not { } folder)
        {
            throw new InputException(
                "this program was built without the explorer's page: publish it ('dotnet publish src/Staircase.Cli') where Node 20.19 or later "
                + "and the package registry are at hand.");
        }

        string page = Path.Combine(folder, Built);
        if (!File.Exists(page) || NewestSource(folder) > File.GetLastWriteTimeUtc(page))
            Make(folder, page);
        return File.ReadAllBytes(page);
    }

    /// <summary>Writes the page as static files: <c>index.html</c>, and the files that it asks its own host for.</summary>
    /// <param name="folder">Where to.</param>
    public static IReadOnlyList<string> WriteSite(string folder)
    {
        string html = Encoding.UTF8.GetString(Read());
        int begin = html.IndexOf(Engine, StringComparison.Ordinal) + Engine.Length;
        int end = html.IndexOf("</script>", begin, StringComparison.Ordinal);
        JsonObject files = JsonNode.Parse(html[begin..end])!["files"]!.AsObject();
        var written = new List<string>();
        Directory.CreateDirectory(Path.Combine(folder, EngineFolder));
        foreach ((string name, JsonNode? packed) in files)
            Write(Path.Combine(EngineFolder, Path.GetFileName(name)), stream => Unpack((string)packed!, stream));
        string index = string.Concat(
            html.AsSpan(0, begin).ToString().Replace("default-src 'none'", "default-src 'none'; connect-src 'self'", StringComparison.Ordinal),
            new JsonObject { ["names"] = Json.Texts(files.Select(file => file.Key)) }.ToJsonString(), html.AsSpan(end));
        Write("index.html", stream => stream.Write(Encoding.UTF8.GetBytes(index)));
        return written;

        void Write(string name, Action<Stream> write)
        {
            AtomicFile.Write(Path.Combine(folder, name), write, durable: false);
            written.Add(name);
        }
    }

    private static void Unpack(string packed, Stream to)
    {
        using var gzip = new GZipStream(new MemoryStream(Convert.FromBase64String(packed)), CompressionMode.Decompress);
        gzip.CopyTo(to);
    }

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
        string[] projects = ["Staircase.Kernels", "Staircase", "Staircase.Transformers", "Staircase.Checkpoints", "Staircase.Lab", "Staircase.Browser"];
        IEnumerable<string> files = projects.SelectMany(project => Files(Path.Combine(folder, "src", project)))
            .Concat(Files(Path.Combine(folder, "web", "src")))
            .Concat(Sources.SelectMany(pattern => Directory.EnumerateFiles(Path.Combine(folder, "web"), pattern)));
        return files.Select(File.GetLastWriteTimeUtc).DefaultIfEmpty().Max();
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder).Where(IsSource)
            .Concat(Directory.EnumerateDirectories(folder).Where(inner => Path.GetFileName(inner) is not ("bin" or "obj")).SelectMany(Files));

    private static bool IsSource(string path) => Sources.Contains($"*{Path.GetExtension(path)}", StringComparer.Ordinal);

    private static void Make(string folder, string page)
    {
        Console.Error.WriteLine("staircase: making the explorer's page, which takes a minute or two; the next time it is there.");
        File.Delete(page);
        var start = new ProcessStartInfo("dotnet", ["publish", Path.Combine(folder, Project), "-c", "Release", "--nologo", "-v", "quiet"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start) ?? throw new InputException("'dotnet' cannot be started.");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        if (!File.Exists(page))
        {
            string reason = output.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal))
                ?? "Node 20.19 or later with npm is missing";
            throw new InputException($"the explorer's page could not be made: {reason}");
        }
    }
}
