using System.Diagnostics;
using System.Text.Json;

namespace Staircase.Cli.Tests;

/// <summary>Several processes and one folder: nobody overwrites anybody.</summary>
public sealed class RunSharingTests
{
    [Fact]
    public void Trainings_started_together_take_different_folders()
    {
        const int count = 8;
        using var folder = new TemporaryFolder();
        StaircaseProcess[] processes = [.. Enumerable.Range(1, count)
            .Select(i => StaircaseProcess.Start(folder.Path, "train", "--dim", "2", "--until", "5", "--seed", $"{i}"))];
        foreach (StaircaseProcess process in processes)
        {
            process.Wait().Succeeded();
            process.Dispose();
        }

        string[] runs = Directory.GetDirectories(folder["runs"]);
        IEnumerable<string> names = Enumerable.Range(1, count).Select(i => $"train-{i:000}");
        Assert.Equal(names, runs.Select(run => Path.GetFileName(run)).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Equal(Enumerable.Range(1, count), runs.Select(run => int.Parse(Key(run, "seed"))).Order());
        Assert.All(runs, run => Assert.False(File.Exists(Path.Combine(run, "lock"))));
    }

    [Fact]
    public void A_second_writer_is_refused_by_process_and_host_and_one_that_was_killed_is_not_in_the_way()
    {
        using var folder = new TemporaryFolder();
        string[] train = "train --optimizer gd --learning-rate 0.005 --steps 1000000000 --out run".Split(' ');
        using (StaircaseProcess first = StaircaseProcess.Start(folder.Path, train))
        {
            while (!File.Exists(folder["run/resume.safetensors"]))
            {
                Assert.False(first.HasExited, "The training ended by itself.");
                Thread.Sleep(5);
            }

            string table = File.ReadAllText(folder["run/lock"]);
            foreach (string[] line in (string[][])[["train", "--out", "run", "--resume"], [.. train, "--resume"]])
                StaircaseProcess.Run(folder.Path, line).IsRefused("run is in use", $"process {first.Id}", Environment.MachineName);
            Assert.Equal(table, File.ReadAllText(folder["run/lock"]));
            first.Kill();
        }

        Assert.True(File.Exists(folder["run/lock"]));
        StaircaseProcess[] heirs =
            [.. Enumerable.Range(0, 4).Select(_ => StaircaseProcess.Start(folder.Path, "train", "--out", "run", "--resume"))];
        var watch = Stopwatch.StartNew();
        while (heirs.Count(heir => heir.HasExited) < 3)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), "More than one took the folder.");
            Thread.Sleep(20);
        }

        StaircaseProcess winner = Assert.Single(heirs, heir => !heir.HasExited);
        Assert.All(heirs.Where(heir => heir != winner), heir => heir.Wait().IsRefused("run is in use", $"process {winner.Id}"));
        winner.Signal("INT");
        Assert.Equal(ExitCode.Interrupted, winner.Wait().Code);
        Assert.False(File.Exists(folder["run/lock"]));
        foreach (StaircaseProcess heir in heirs)
            heir.Dispose();
    }

    [Theory]
    [InlineData("process 1\nbegan 5\nhost elsewhere\nspace s\n", "process 1 on elsewhere", "delete")]
    [InlineData("", "in use", "Delete it")]
    [InlineData("process 1", "in use", "Delete it")]
    public void A_lock_of_which_nobody_here_can_tell_is_respected(string text, params string[] mentions)
    {
        using var folder = new TemporaryFolder();
        StaircaseProcess.Run(folder.Path, "train", "--until", "5", "--out", "run").Succeeded();
        folder.Write("run/lock", text);
        StaircaseProcess.Run(folder.Path, "train", "--resume", "--out", "run", "--until", "9").IsRefused(mentions);
        Assert.Equal(text, File.ReadAllText(folder["run/lock"]));
        StaircaseProcess.Run(folder.Path, "compare", "run").Succeeded(); // looking is free
    }

    [Fact]
    public void The_number_of_threads_is_recorded_and_changes_no_bit()
    {
        using var folder = new TemporaryFolder();
        string[] train = "train --data sample:3000 --until 50".Split(' ');
        foreach (string threads in (string[])["1", "3"])
            StaircaseProcess.Run(folder.Path, [.. train, "--threads", threads, "--out", threads]).Succeeded();
        Assert.Equal(File.ReadAllText(folder["1/metrics.csv"]), File.ReadAllText(folder["3/metrics.csv"]));
        Assert.Contains("\"cores\": 3", File.ReadAllText(folder["3/run.json"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_command_that_computes_takes_a_number_of_threads_on_which_nothing_depends()
    {
        using var folder = new TemporaryFolder();
        foreach (string command in "predict train compare reproduce report analyze audit data export weights explain".Split(' '))
        {
            Outcome help = StaircaseProcess.Run(folder.Path, command, "--help").Succeeded();
            Assert.True(help.Out.Contains("--threads", StringComparison.Ordinal), $"'{command}' takes no --threads.");
        }

        StaircaseProcess.Run(folder.Path, "train", "--dim", "2", "--until", "40", "--out", "run").Succeeded();
        foreach (string command in (string[])["analyze run/checkpoints", "explain run", "audit run/checkpoints"])
        {
            string[] said = [.. ((string[])["1", "3"]).Select(threads =>
                StaircaseProcess.Run(folder.Path, [.. command.Split(' '), "--json", "--threads", threads]).Succeeded().Out)];
            Assert.Equal(said[0], said[1]);
        }
    }

    private static string Key(string run, string key)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "run.json")));
        return document.RootElement.GetProperty("experiment").GetProperty(key).GetString()!;
    }
}
