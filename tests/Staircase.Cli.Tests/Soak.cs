using System.Diagnostics;
using System.Text.Json;

namespace Staircase.Cli.Tests;

/// <summary>
/// What is to hold of every command line: an exit code that says what happened, one line of complaint, no NaN, valid JSON.
/// </summary>
internal static class Soak
{
    /// <summary>Of the processor, so that a machine that is busy with other things is no complaint.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Runs a command line in this process.</summary>
    /// <param name="args">The words, without <c>--out</c>.</param>
    /// <param name="folder">Where a training keeps its run; emptied afterwards.</param>
    /// <returns>What is wrong; null if nothing is.</returns>
    public static string? Complaint(string[] args, string folder)
    {
        string run = Path.Combine(folder, "run");
        if (Directory.Exists(run))
            Directory.Delete(run, recursive: true);
        string[] line = args[0] == "train" ? [.. args, "--out", run] : args;
        (TextWriter standardOut, TextWriter standardError) = (Console.Out, Console.Error);
        using StringWriter output = new(), error = new();
        Console.SetOut(TextWriter.Synchronized(output));
        Console.SetError(TextWriter.Synchronized(error));
        int code = -1;
        string? thrown = null;
        try
        {
            var thread = new Thread(() =>
            {
                try
                {
                    code = Application.Run(line);
                }
                catch (Exception exception)
                {
                    thrown = exception.ToString();
                }
            })
            { IsBackground = true };
            using var process = Process.GetCurrentProcess();
            TimeSpan since = process.TotalProcessorTime;
            thread.Start();
            int seen = 0;
            while (!thread.Join(100))
            {
                // A line of progress on standard error starts the minute anew.
                int now = error.GetStringBuilder().Length;
                process.Refresh();
                if (now > seen)
                    since = process.TotalProcessorTime;
                seen = now;
                if (process.TotalProcessorTime - since > Patience)
                    return $"no progress for a minute: {string.Join(' ', line)}";
            }
        }
        finally
        {
            Console.SetOut(standardOut);
            Console.SetError(standardError);
        }

        return Judge(line, code, thrown, output.ToString(), error.ToString()) is { } wrong
            ? $"{wrong}: staircase {string.Join(' ', line)}\n{output}{error}"
            : FilesOf(run) is { } file ? $"{file}: staircase {string.Join(' ', line)}" : null;
    }

    private static string? Judge(string[] line, int code, string? thrown, string output, string error)
    {
        if (thrown is not null)
            return $"threw {thrown}";
        if (code is not (ExitCode.Success or ExitCode.CheckFailed or ExitCode.BadInput or ExitCode.Interrupted))
            return $"exit code {code}";
        if (HasNaN(output) || HasNaN(error))
            return "NaN";
        if (code == ExitCode.BadInput)
            return error.TrimEnd('\n').Split('\n')[^1].StartsWith("staircase: ", StringComparison.Ordinal) ? null : "no complaint";
        return line.Contains("--json", StringComparer.Ordinal) && !IsJson(output) ? "no JSON" : null;
    }

    /// <summary>What is wrong with the files of a run.</summary>
    private static string? FilesOf(string run)
    {
        if (!Directory.Exists(run))
            return null;
        string record = Path.Combine(run, "run.json");
        if (!File.Exists(record))
            return "a folder without run.json";
        string text = File.ReadAllText(record);
        return !IsJson(text) ? "run.json is no JSON" : HasNaN(text) ? "NaN in run.json"
            : HasNaN(File.ReadAllText(Path.Combine(run, "metrics.csv"))) && !text.Contains("diverged", StringComparison.Ordinal)
            ? "NaN in metrics.csv" : null;
    }

    private static bool HasNaN(string text) => text.Contains("NaN", StringComparison.Ordinal);

    private static bool IsJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
