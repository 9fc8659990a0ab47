using System.Text.Json;
using Staircase.Checkpoints;

namespace Staircase.Cli.Tests;

/// <summary>Every command that takes a run takes an ensemble, or says what it takes.</summary>
[Collection(InProcess.Name)]
public sealed class EnsembleCommandTests
{
    private static readonly string[] Experiment = ["--dim", "2", "--optimizer", "gd", "--data", "sample:60", "--data-seed", "9"];

    [Fact]
    public void An_ensemble_is_trained_from_a_file_and_looked_at_by_every_command()
    {
        using var folder = new TemporaryFolder();
        string file = folder["all.yaml"], all = folder["all"];
        File.WriteAllText(file, "{dim: 2, init: 0.05, seeds: [4, 7..9]}");
        JsonElement trained = InProcess.Run("train", file, "--out", all, "--json").Json;
        Assert.Equal("4,7..9", trained.GetProperty("experiment").GetProperty("seeds").GetString());
        JsonElement drop = Quantity(trained.GetProperty("comparison"), "time of the drop of 2");
        Assert.Equal(4, drop.GetProperty("measured").GetProperty("seeds").GetInt32());
        double measured = drop.GetProperty("measured").GetProperty("median").GetDouble();
        Assert.InRange(measured / drop.GetProperty("predicted").GetProperty("median").GetDouble(), 0.95, 1.05);

        JsonElement predicted = InProcess.Run("predict", file, "--json").Json;
        Assert.True(JsonElement.DeepEquals(
            drop.GetProperty("predictedBySeed"), Quantity(predicted, "time of the drop of 2").GetProperty("predictedBySeed")));
        Assert.True(JsonElement.DeepEquals(
            trained.GetProperty("comparison"), InProcess.Run("compare", all, "--json").Json.GetProperty("comparison")));
        string[] table = InProcess.Run("compare", all).Succeeded().Out.Split('\n');
        Assert.Contains(table, line => line.StartsWith("time of the drop of 2", StringComparison.Ordinal));

        Outcome explained = InProcess.Run("explain", all).Succeeded();
        foreach (string mention in (string[])["4 seeds", "time of the drop of 2", "nearest to the middle", "Plateau 1"])
            Assert.Contains(mention, explained.Out, StringComparison.Ordinal);
        Assert.True(InProcess.Run("explain", all, "--json").Json.GetProperty("explanation").GetArrayLength() > 3);

        JsonElement weights = InProcess.Run("weights", all, "--at", "last", "--json").Json;
        Assert.Equal(["4", "7", "8", "9"], weights.GetProperty("seeds").EnumerateArray().Select(seed => seed.ToString()));
        NpzFile npz = NpzFile.Open(weights.GetProperty("file").GetString()!);
        Assert.Equal([4, 3, 1, 2], npz.Tensors.Single(tensor => tensor.Name == "key").Shape.Select(size => (int)size));
        Assert.Equal([4, 7, 8, 9], npz.ReadDouble("seed"));

        InProcess.Run("report", all, "--out", folder["report.html"]).Succeeded();
        InProcess.Run("compare", folder["all/seed-7"]).Succeeded();
        InProcess.Run("train", "--seeds", "1..2", "--out", all).IsRefused("already holds an ensemble", "--resume");
        InProcess.Run("train", "--fork", all, "--steps", "3").IsRefused("ensemble", "seed-4");
        InProcess.Run("train", folder["all/ensemble.json"], "--out", folder["again"]).Succeeded();
        Assert.Equal(
            File.ReadAllText(folder["all/seed-8/metrics.csv"]), File.ReadAllText(folder["again/seed-8/metrics.csv"]));
    }

    [Fact]
    public void An_ensemble_goes_on_and_repeats_what_it_has()
    {
        using var folder = new TemporaryFolder();
        string all = folder["all"], whole = folder["whole"];
        string[] ensemble = ["train", .. Experiment, "--seeds", "1..3", "--record", "every:7", "--checkpoints", "every:50"];
        InProcess.Run([.. ensemble, "--steps", "100", "--out", all]).Succeeded();
        Directory.Delete(folder["all/seed-2"], recursive: true); // as if it had been killed before this seed began
        InProcess.Run([.. ensemble, "--steps", "150", "--out", all, "--resume"]).Succeeded();
        InProcess.Run([.. ensemble, "--steps", "150", "--out", whole, "--resume"]).Succeeded();
        foreach (int seed in (int[])[1, 2, 3])
        {
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(whole, $"seed-{seed}/metrics.csv")),
                File.ReadAllBytes(Path.Combine(all, $"seed-{seed}/metrics.csv")));
        }

        InProcess.Run("train", "--out", all, "--resume").Succeeded();
        InProcess.Run("train", "--out", all, "--resume", "--init", "0.5").IsRefused("--init", "0.5");
        InProcess.Run("train", "--out", all, "--resume", "--seeds", "1..4").IsRefused("--seeds", "1..3");
    }

    [Theory]
    [InlineData("train --seeds 3..1", "--seeds", "3..1")]
    [InlineData("train --seeds 1..3 --data-seed 1 --init-seed 2", "--seeds changes nothing", "--data-seed", "--init-seed")]
    [InlineData("train --seeds 1..3 --optimizer adam", "--steps")]
    [InlineData("export --seeds 1..3 --data sample:20 --out x.npz", "--seeds", "--seed names the one run")]
    [InlineData("predict --seeds 1..3 --kind modular-addition", "no theory")]
    public void What_seeds_cannot_do_is_refused(string line, params string[] mentions)
    {
        using var folder = new TemporaryFolder();
        string[] words = line.Split(' ');
        InProcess.Run(words[0] == "train" ? [.. words, "--out", folder["x"]] : words).IsRefused(mentions);
        Assert.False(Directory.Exists(folder["x"]), "It left a folder behind.");
    }

    private static JsonElement Quantity(JsonElement findings, string name) =>
        findings.GetProperty("quantities").EnumerateArray().Single(one => one.GetProperty("name").GetString() == name);
}
