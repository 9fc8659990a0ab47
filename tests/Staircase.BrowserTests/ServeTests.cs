using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Staircase.Cli;
using Staircase.Lab;

namespace Staircase.BrowserTests;

/// <summary><c>staircase serve</c>: what it hands out, what it refuses, and a run that grows before the reader's eyes.</summary>
public sealed class ServeTests(Browser browser) : IAsyncLifetime
{
    private const int Clients = 64;

    private static readonly TimeSpan UnderLoad = TimeSpan.FromSeconds(5);

    /// <summary>What garbage may come to between two looks at the memory; 5 s of an answer that were kept would be more.</summary>
    private const long Growth = 150_000_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("staircase-served-");
    private ServedRuns _served = null!;

    private string Runs => Path.Combine(_folder.FullName, "runs");

    private string First => Path.Combine(Runs, "first");

    public async ValueTask InitializeAsync()
    {
        Assert.Equal(0, Application.Run(["train", "--dim", "2", "--out", First, "--json"]));
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "secret"));
        foreach (string file in new[] { "run.json", "metrics.csv" })
            File.WriteAllText(Path.Combine(_folder.FullName, "secret", file), "{}");
        Directory.CreateSymbolicLink(Path.Combine(Runs, "link"), Path.Combine(_folder.FullName, "secret"));
        Directory.CreateSymbolicLink(Path.Combine(Runs, "up"), _folder.FullName);
        Directory.CreateSymbolicLink(Path.Combine(Runs, "hidden"), Path.Combine(Runs, "up", "secret"));
        Directory.CreateDirectory(Path.Combine(Runs, "half"));
        File.CreateSymbolicLink(Path.Combine(Runs, "half", "run.json"), Path.Combine(_folder.FullName, "secret", "run.json"));
        File.WriteAllText(Path.Combine(Runs, "half", "metrics.csv"), "step,loss\n");
        var analysis = new Report { Title = "Checkpoints of <mine>", Sections = [] };
        ReportFile.Write(Path.Combine(Runs, "analysis.html"), analysis);
        ReportFile.Write(Path.Combine(_folder.FullName, "outside.html"), analysis);
        File.WriteAllText(Path.Combine(Runs, "other.html"), "<title>somebody's page</title>");
        File.CreateSymbolicLink(Path.Combine(Runs, "linked.html"), Path.Combine(_folder.FullName, "outside.html"));
        _served = await ServedRuns.StartAsync(Runs);
    }

    public async ValueTask DisposeAsync()
    {
        await _served.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("api/run?run=first", 200)]
    [InlineData("api/rows?run=first", 200)]
    [InlineData("report?run=first", 200)]
    [InlineData("api/reports", 200)]
    [InlineData("written?report=analysis.html", 200)]
    [InlineData("written?report=first%2Fanalysis.html", 404)]
    [InlineData("written?report=other.html", 404)]
    [InlineData("written?report=linked.html", 404)]
    [InlineData("written?report=up%2Foutside.html", 404)]
    [InlineData("written?report=..%2Foutside.html", 404)]
    [InlineData("written?report=first%2Frun.json", 404)]
    [InlineData("written?report=analysis%00.html", 404)]
    [InlineData("written", 404)]
    [InlineData("api/run?run=..%2Fsecret", 404)]
    [InlineData("api/run?run=first%2F..%2F..%2Fsecret", 404)]
    [InlineData("api/run?run=..%252Fsecret", 404)]
    [InlineData("api/run?run=%2Fetc", 404)]
    [InlineData("api/run?run=link", 404)]
    [InlineData("api/run?run=hidden", 404)]
    [InlineData("api/run?run=up%2Fsecret", 404)]
    [InlineData("api/run?run=half", 404)]
    [InlineData("api/run?run=first%00", 404)]
    [InlineData("api/run", 404)]
    [InlineData("api/rows?run=first&from=-1", 400)]
    [InlineData("../../../../etc/passwd", 404)]
    [InlineData("first/run.json", 404)]
    public async Task Hands_out_runs_of_the_folder_and_nothing_else(string path, int status)
    {
        string answer = await RawAsync($"GET /{path} HTTP/1.1", $"Host: 127.0.0.1:{_served.Port}");
        Assert.StartsWith($"HTTP/1.1 {status}", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1", "Host: staircase.example", false)]
    [InlineData("GET / HTTP/1.1", "Host: 127.0.0.1.example:{port}", false)]
    [InlineData("GET / HTTP/1.1", "Host: 127.0.0.1:1", false)]
    [InlineData("GET / HTTP/1.1", "Host: 127.0.0.1:{port}\r\nOrigin: http://elsewhere.example", false)]
    [InlineData("GET / HTTP/1.1", "Host: 127.0.0.1:{port}\r\nOrigin: null", false)]
    [InlineData("POST / HTTP/1.1", "Host: 127.0.0.1:{port}\r\nContent-Length: 0", false)]
    [InlineData("GET / HTTP/1.1", "Host: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}", true)]
    [InlineData("GET / HTTP/1.1", "Host: localhost:{port}", true)]
    public async Task Answers_its_own_pages_by_its_own_name(string request, string headers, bool isAnswered)
    {
        string answer = await RawAsync(request, headers.Replace("{port}", $"{_served.Port}", StringComparison.Ordinal));
        Assert.Equal(isAnswered, answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal));
        if (isAnswered)
        {
            Assert.Contains("Content-Security-Policy: default-src 'none';", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe-eval'", answer.Split("\r\n\r\n")[0].Replace("'wasm-unsafe-eval'", "", StringComparison.Ordinal),
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Shows_what_analyses_and_sweeps_have_written()
    {
        using var client = new HttpClient { BaseAddress = new(_served.Address) };
        JsonNode written = Assert.Single(JsonNode.Parse(await client.GetStringAsync("api/reports"))!.AsArray())!;
        Assert.Equal("analysis.html", (string?)written["report"]);
        Assert.Equal("Checkpoints of <mine>", (string?)written["title"]);
        await using OpenExplorer explorer = await browser.ExploreAsync($"{_served.Address}#runs");
        await explorer.UntilAsync(
            "document.querySelector('a[href=\"written?report=analysis.html\"]')?.textContent === 'Checkpoints of <mine>'");
        Assert.Empty(explorer.Complaints);
    }

    [Fact]
    public async Task Listens_on_the_loopback_address_alone()
    {
        foreach (IPAddress address in (await Dns.GetHostAddressesAsync(Dns.GetHostName())).Where(address => !IPAddress.IsLoopback(address)))
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await Assert.ThrowsAnyAsync<SocketException>(async () => await socket.ConnectAsync(address, _served.Port));
        }
    }

    [Fact]
    public async Task Many_clients_are_answered_from_a_flat_memory()
    {
        using var client = new HttpClient { BaseAddress = new(_served.Address) };
        async Task<int> AskAsync(TimeSpan time)
        {
            int answers = 0;
            var watch = System.Diagnostics.Stopwatch.StartNew();
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(async i =>
            {
                while (watch.Elapsed < time)
                {
                    using HttpResponseMessage answer = await client.GetAsync(i % 2 == 0 ? "api/runs" : "api/rows?run=first&from=0");
                    Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                    Interlocked.Increment(ref answers);
                }
            }));
            return answers;
        }

        await AskAsync(UnderLoad);
        long before = _served.Memory;
        Assert.True(await AskAsync(UnderLoad) >= Clients);
        Assert.True(_served.Memory - before < Growth, $"It took {(_served.Memory - before) / 1_000_000} MB more.");
    }

    [Fact]
    public async Task A_run_in_progress_grows_and_comes_back_after_the_server()
    {
        string live = Path.Combine(Runs, "live");
        Directory.CreateDirectory(live);
        string record = File.ReadAllText(Path.Combine(First, "run.json"));
        string[] rows = File.ReadAllLines(Path.Combine(First, "metrics.csv"));
        File.WriteAllText(Path.Combine(live, "run.json"), record);
        File.WriteAllLines(Path.Combine(live, "metrics.csv"), rows[..10]);
        await using OpenExplorer explorer = await browser.ExploreAsync($"{_served.Address}#runs?run=live");
        await explorer.UntilAsync("document.querySelector('.notice').textContent.includes('9 rows')");
        File.AppendAllLines(Path.Combine(live, "metrics.csv"), rows[10..30]);
        await explorer.UntilAsync("document.querySelector('.notice').textContent.includes('29 rows')");
        await explorer.Page.WaitForSelectorAsync("#run-loss .trace");
        Assert.Empty(explorer.Complaints);

        _served.Kill();
        await explorer.UntilAsync("document.querySelector('.notice').textContent.includes('tries again')");
        File.AppendAllLines(Path.Combine(live, "metrics.csv"), rows[30..]);
        await _served.RestartAsync();
        await explorer.UntilAsync($"document.querySelector('.notice').textContent.includes('{rows.Length - 1} rows')");
        Assert.All(explorer.Requests, request => Assert.True(
            request.StartsWith(_served.Address, StringComparison.Ordinal) || request.StartsWith("blob:", StringComparison.Ordinal),
            request));
        JsonObject theory = await explorer.AskAsync("Predict", new Dictionary<string, string>(StringComparer.Ordinal) { ["dim"] = "2" });
        Assert.Null(theory["noTheory"]);
    }

    private async Task<string> RawAsync(string request, string headers)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _served.Port);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{request}\r\n{headers}\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }
}
