using System.Net;
using System.Text.RegularExpressions;

namespace Staircase.Cli;

/// <summary>
/// Serves the explorer and the runs of a folder to browsers of this machine: it hands out files and the ends of growing tables, and
/// computes nothing.
/// </summary>
/// <remarks>
/// It listens on the loopback address alone. A request that names another host, or comes from a page of another origin, is refused: a page
/// elsewhere must not read runs through a name that it lets point here. Paths lead nowhere outside the folder, by whatever link.
/// </remarks>
internal sealed partial class ExplorerServer : IDisposable
{
    private const int MostClients = 128, MostTail = 4_000_000, DeepestFolder = 6, MostRuns = 2000,
        LongestHead = 4096;

    private const string Policy = "default-src 'none'; connect-src 'self'; worker-src blob:; img-src data: blob:; "
        + "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; script-src ";

    /// <summary>A report has scripts and a policy of its own; here it may do nothing else.</summary>
    private const string Sandbox = "sandbox allow-scripts allow-downloads";

    private const string Html = "text/html; charset=utf-8";

    /// <summary>How a report begins, within its first bytes.</summary>
    private const string Made = "Made by Staircase";

    private static readonly string[] RunFiles = ["run.json", "metrics.csv"];

    private readonly HttpListener _listener = new();
    private readonly SemaphoreSlim _free = new(MostClients);
    private readonly string _folder;
    private readonly string[] _origins;
    private readonly IReadOnlyDictionary<string, byte[]> _site;
    private readonly string _scripts;

    /// <param name="folder">The folder, which exists.</param>
    /// <param name="port">The port.</param>
    /// <param name="site">The explorer's files by path.</param>
    /// <param name="scripts">The scripts that its own policy allows.</param>
    public ExplorerServer(string folder, int port, IReadOnlyDictionary<string, byte[]> site, string scripts)
    {
        (_folder, _site, _scripts) = (RealPath(Path.GetFullPath(folder)) ?? Path.GetFullPath(folder), site, scripts);
        _origins = [$"127.0.0.1:{port}", $"localhost:{port}"];
        foreach (string origin in _origins)
            _listener.Prefixes.Add($"http://{origin}/");
    }

    /// <summary>Serves until it is asked to stop.</summary>
    /// <exception cref="InputException">The port is taken.</exception>
    public void Run(CancellationToken cancellation)
    {
        try
        {
            _listener.Start();
        }
        catch (HttpListenerException exception)
        {
            throw new InputException($"‹port› cannot be used: {exception.Message}", exception);
        }

        using CancellationTokenRegistration stopped = cancellation.Register(_listener.Stop);
        while (!cancellation.IsCancellationRequested)
        {
            HttpListenerContext context;
            try
            {
                context = _listener.GetContext();
            }
            catch (Exception) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (Exception) when (_listener.IsListening)
            {
                continue; // a connection that broke, in whatever way: the others are served on
            }

            _free.Wait(CancellationToken.None);
            _ = Task.Run(() => Answer(context), CancellationToken.None);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Close();
        _free.Dispose();
    }

    private void Answer(HttpListenerContext context)
    {
        try
        {
            Reply reply = ReplyTo(context.Request);
            HttpListenerResponse response = context.Response;
            response.StatusCode = reply.Status;
            response.ContentType = reply.Type;
            response.Headers["Content-Security-Policy"] = reply.Policy ?? $"{Policy}{_scripts}";
            response.Headers["X-Content-Type-Options"] = "nosniff";
            response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
            response.Headers["Referrer-Policy"] = "no-referrer";
            response.Headers["Cache-Control"] = "no-store";
            if (reply.Next is { } next)
                response.Headers["X-Next"] = next.ToString(InvariantCulture);
            response.ContentLength64 = reply.Content.Length;
            if (context.Request.HttpMethod != "HEAD")
                response.OutputStream.Write(reply.Content);
            response.Close();
        }
        catch (Exception exception) when (
            exception is HttpListenerException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            context.Response.Abort(); // the client has gone
        }
        finally
        {
            _free.Release();
        }
    }

    private Reply ReplyTo(HttpListenerRequest request)
    {
        if (!_origins.Contains(request.UserHostName, StringComparer.OrdinalIgnoreCase))
            return Reply.Refuse(403, "This server answers to its own name alone.");
        if (request.Headers["Origin"] is { } origin && !_origins.Any(own => origin == $"http://{own}"))
            return Reply.Refuse(403, "This server answers its own pages alone.");
        if (request.HttpMethod is not ("GET" or "HEAD"))
            return Reply.Refuse(405, "This server hands out and takes nothing.");
        string path = request.Url!.AbsolutePath.TrimStart('/');
        if (_site.TryGetValue(path.Length == 0 ? "index.html" : path, out byte[]? page))
            return new(200, TypeOf(path.Length == 0 ? "index.html" : path), page);
        string? run = request.QueryString["run"];
        try
        {
            return path switch
            {
                "api/runs" => JsonOf(Runs()),
                "api/run" => FileOf(run, "run.json", "application/json"),
                "api/rows" => Tail(run, request.QueryString["from"]),
                "report" => FileOf(run, RunReport.FileName, Html) with { Policy = Sandbox },
                "api/reports" => JsonOf(Reports()),
                "written" => request.QueryString["report"] is { } report && IsReport(report)
                    ? FileOf(Path.GetDirectoryName(report), Path.GetFileName(report), Html) with { Policy = Sandbox }
                    : Reply.Refuse(404, "There is no such report."),
                _ => Reply.Refuse(404, "There is nothing here."),
            };
        }
        catch (Exception exception) when (IsOfFiles(exception))
        {
            return Reply.Refuse(404, "It cannot be read now.");
        }
    }

    /// <summary>The runs in the folder, the latest first.</summary>
    private JsonArray Runs() => Json.List(
        Folders(_folder, 0).Where(folder => RunFiles.All(name => File.Exists(Path.Combine(folder, name))))
            .Select(folder => (Folder: folder, Changed: File.GetLastWriteTimeUtc(Path.Combine(folder, "metrics.csv"))))
            .OrderByDescending(run => run.Changed).Take(MostRuns),
        run => Json.Of(
            ("run", Path.GetRelativePath(_folder, run.Folder).Replace('\\', '/')),
            ("changed", run.Changed.ToString("O", InvariantCulture)),
            ("hasReport", File.Exists(Path.Combine(run.Folder, RunReport.FileName)))));

    /// <summary>Reports that are not those of a run: of sweeps, of seeds, of anybody's checkpoints; the latest first.</summary>
    private JsonArray Reports() => Json.List(
        Folders(_folder, 0).SelectMany(folder => Directory.EnumerateFiles(folder, "*.html"))
            .Select(path => (Path: path, Name: Path.GetRelativePath(_folder, path).Replace('\\', '/')))
            .Where(file => !RunFiles.All(name => File.Exists(Path.Combine(Path.GetDirectoryName(file.Path)!, name))))
            .OrderByDescending(file => File.GetLastWriteTimeUtc(file.Path)).Where(file => IsReport(file.Name)).Take(MostRuns),
        file => Json.Of(("report", file.Name), ("title", TitleOf(file.Path))));

    /// <summary>Whether a path leads to a page that this program wrote.</summary>
    private bool IsReport(string name) => name.EndsWith(".html", StringComparison.Ordinal)
        && Inside(Path.GetDirectoryName(name), Path.GetFileName(name)) is { } path && HeadOf(path).Contains(Made);

    private static string TitleOf(string path) => Title().Match(HeadOf(path)) is { Success: true } match
        ? WebUtility.HtmlDecode(match.Groups["title"].Value)
        : Path.GetFileName(path);

    private static string HeadOf(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] head = new byte[Min(file.Length, LongestHead)];
        return Encoding.UTF8.GetString(head, 0, file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
    }

    [GeneratedRegex("<title>(?<title>[^<]*)</title>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Title();

    /// <summary>A folder and those in it, as deep as sweeps lie; links are not followed.</summary>
    private static IEnumerable<string> Folders(string folder, int depth)
    {
        yield return folder;
        if (depth >= DeepestFolder)
            yield break;
        string[] inner;
        try
        {
            inner = Directory.GetDirectories(folder);
        }
        catch (Exception exception) when (IsOfFiles(exception))
        {
            yield break;
        }

        foreach (string one in inner.Where(one => new DirectoryInfo(one).LinkTarget is null && Path.GetFileName(one) is not "checkpoints"))
        {
            foreach (string each in Folders(one, depth + 1))
                yield return each;
        }
    }

    private Reply FileOf(string? run, string name, string type) => Inside(run, name) is { } path
        ? new(200, type, File.ReadAllBytes(path))
        : Reply.Refuse(404, "There is no such run.");

    /// <summary>What a table has gained behind a place, in whole lines.</summary>
    private Reply Tail(string? run, string? from)
    {
        if (Inside(run, "metrics.csv") is not { } path)
            return Reply.Refuse(404, "There is no such run.");
        if (!long.TryParse(from ?? "0", NumberStyles.None, InvariantCulture, out long offset))
            return Reply.Refuse(400, "The place is a number of bytes.");
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (offset > file.Length)
            offset = 0; // it was begun anew
        byte[] content = new byte[Min(file.Length - offset, MostTail)];
        file.Seek(offset, SeekOrigin.Begin);
        int length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        int whole = Array.LastIndexOf(content, (byte)'\n', Max(0, length - 1)) + 1;
        return new(200, "text/csv; charset=utf-8", length == 0 ? [] : content[..whole]) { Next = offset + (length == 0 ? 0 : whole) };
    }

    /// <summary>A file of a run; null where it is not there, or lies outside the folder.</summary>
    private string? Inside(string? run, string name)
    {
        if (run is null || $"{run}{name}".Contains('\0') || Path.IsPathRooted(run))
            return null;
        string path = Path.GetFullPath(Path.Combine(_folder, run, name));
        return RealPath(path) is { } real && real.StartsWith(_folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            && Path.GetFileName(real) == name ? real : null;
    }

    /// <summary>A path with every link on the way resolved; null where it leads to nothing.</summary>
    private static string? RealPath(string path)
    {
        string real = Path.GetPathRoot(path)!;
        foreach (string part in path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            string next = Path.Combine(real, part);
            FileSystemInfo info = Directory.Exists(next) ? new DirectoryInfo(next) : new FileInfo(next);
            if (!info.Exists)
                return null;
            if (info.ResolveLinkTarget(returnFinalTarget: true) is not { } target)
                real = next;
            else if (RealPath(target.FullName) is { } led)
                real = led;
            else
                return null;
        }

        return real;
    }

    private static Reply JsonOf(JsonNode value) => new(200, "application/json", Encoding.UTF8.GetBytes(value.ToJsonString()));

    private static string TypeOf(string path) => Path.GetExtension(path) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript",
        ".wasm" => "application/wasm",
        _ => "application/octet-stream",
    };

    private sealed record Reply(int Status, string Type, byte[] Content)
    {
        /// <summary>Where the next tail begins.</summary>
        public long? Next { get; init; }

        /// <summary>Another policy than that of the explorer.</summary>
        public string? Policy { get; init; }

        public static Reply Refuse(int status, string reason) => new(status, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(reason));
    }
}
