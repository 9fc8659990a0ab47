using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Staircase.Cli;

namespace Staircase.BrowserTests;

/// <summary><c>staircase serve</c> as a process of its own, on a port that was free.</summary>
internal sealed class ServedRuns : IAsyncDisposable
{
    private readonly string _folder;
    private Process _process;

    private ServedRuns(string folder, int port)
    {
        (_folder, Port) = (folder, port);
        _process = Start();
    }

    public int Port { get; }

    public string Address => $"http://127.0.0.1:{Port}/";

    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public static async Task<ServedRuns> StartAsync(string folder)
    {
        _ = OpenExplorer.File; // it is made once, before a server has to
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        int port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        var served = new ServedRuns(folder, port);
        await served.AnswersAsync();
        return served;
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    public async Task RestartAsync()
    {
        _process = Start();
        await AnswersAsync();
    }

    public ValueTask DisposeAsync()
    {
        Kill();
        return ValueTask.CompletedTask;
    }

    private Process Start() => Process.Start(new ProcessStartInfo(
        "dotnet", [typeof(Application).Assembly.Location, "serve", _folder, "--port", $"{Port}"]) { RedirectStandardOutput = true })!;

    private async Task AnswersAsync()
    {
        using var client = new HttpClient();
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await client.GetAsync(Address + "api/runs");
                return;
            }
            catch (HttpRequestException) when (watch.Elapsed < TimeSpan.FromMinutes(1) && !_process.HasExited)
            {
                await Task.Delay(100);
            }
        }
    }
}
