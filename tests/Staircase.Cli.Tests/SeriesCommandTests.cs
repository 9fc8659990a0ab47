using System.Text.Json.Nodes;
using Staircase.Checkpoints;

namespace Staircase.Cli.Tests;

/// <summary><c>audit</c>, <c>convert</c> and <c>compare --curve</c>.</summary>
[Collection(InProcess.Name)]
public sealed class SeriesCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_audit_alone_has_exit_code_1_where_it_finds_something_and_2_where_it_cannot_read()
    {
        foreach (int step in (int[])[1, 2, 3])
            Write(step, step);
        Outcome clean = InProcess.Run("audit", _folder[""]);
        Assert.Equal((ExitCode.Success, ""), (clean.Code, clean.Error));
        Assert.Contains("steps from the names, 'stepN'", clean.Out, StringComparison.Ordinal);
        Write(4, 2);
        Outcome repeated = InProcess.Run("audit", _folder[""], "--json");
        Assert.Equal(ExitCode.CheckFailed, repeated.Code);
        JsonNode finding = Assert.Single(JsonNode.Parse(repeated.Out)!["findings"]!.AsArray())!;
        Assert.Equal(("repeated", 4), ((string)finding["kind"]!, (int)finding["step"]!));
        File.WriteAllBytes(_folder["step4.safetensors"], File.ReadAllBytes(_folder["step4.safetensors"])[..^8]);
        Outcome broken = InProcess.Run("audit", _folder[""]);
        Assert.Equal(ExitCode.BadInput, broken.Code);
        Assert.Contains("--partial", broken.Error, StringComparison.Ordinal);
        Assert.Contains(
            "step4.safetensors is partial: 1 of 1", InProcess.Run("audit", _folder[""], "--partial").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_curve_alone_and_with_a_setting_is_compared_and_what_is_missing_is_said()
    {
        string path = _folder["c.csv"];
        File.WriteAllLines(path, Enumerable.Range(0, 400).Select(i => FormattableString.Invariant(
            $"{i},{1 - 0.4 / (1 + Math.Exp(200 - i)) + 0.001 * Math.Sin(i * i)}")).Prepend("step,loss"));
        Outcome alone = InProcess.Run("compare", "--curve", path, "--json");
        Assert.Equal(ExitCode.Success, alone.Code);
        JsonNode drop = Assert.Single(JsonNode.Parse(alone.Out)!["drops"]!.AsArray())!;
        Assert.InRange((double)drop["position"]!, 198, 202);
        Outcome run = InProcess.Run("compare", "--loss-column", "loss", "somewhere");
        Assert.Equal(ExitCode.BadInput, run.Code);
        Assert.Contains("--curve", run.Error, StringComparison.Ordinal);
        Assert.Contains("--curve", InProcess.Run("compare", "somewhere", "--dim", "3").Error, StringComparison.Ordinal);
        Assert.Contains("RUN", InProcess.Run("compare").Error, StringComparison.Ordinal);
        Assert.Contains("'error'", InProcess.Run("compare", "--curve", path, "--loss-column", "error").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_converted_series_has_the_numbers_of_the_one_it_comes_from_and_nothing_is_overwritten()
    {
        Directory.CreateDirectory(_folder["in"]);
        foreach (int step in (int[])[10, 20])
        {
            SafetensorsWriter.Write(_folder[$"in/step{step}.safetensors"], [.. ((string[])["q", "k", "v", "o"]).Select((role, r) =>
                TensorToWrite.Create($"model.layers.3.self_attn.{role}_proj.weight", [6, 6],
                    Enumerable.Range(0, 36).Select(i => (float)Math.Sin(step * (r + 1) * (i + 1))).ToArray()))]);
        }

        string[] options = ["--heads", "3", "--out", _folder["out"]];
        Assert.Equal(ExitCode.Success, InProcess.Run(["convert", _folder["in"], .. options]).Code);
        Assert.Equal(
            InProcess.Run("analyze", _folder["in"], "--heads", "3", "--json").Succeeded().Out,
            InProcess.Run("analyze", _folder["out"], "--json").Succeeded().Out);
        InProcess.Run(["convert", _folder["in"], .. options]).IsRefused("step-00000010.safetensors", "--out");
        string one = _folder["one.safetensors"];
        InProcess.Run("convert", _folder["in"], "--heads", "3", "--out", one).IsRefused("2 checkpoints", "--steps");
        InProcess.Run("convert", _folder["in"], "--heads", "3", "--out", one, "--to", "transformerlense").IsRefused("transformerlens");
        InProcess.Run("convert", _folder["in"], "--out", one, "--steps", "20..20").IsRefused("--heads");
        string json = InProcess.Run("convert", _folder["in"], "--heads", "3", "--out", one, "--steps", "20..20", "--json").Succeeded().Out;
        Assert.Equal((20, one), ((int)JsonNode.Parse(json)!["files"]![0]!["step"]!, (string)JsonNode.Parse(json)!["files"]![0]!["file"]!));
    }

    private void Write(int step, double value) => SafetensorsWriter.Write(
        _folder[$"step{step}.safetensors"], [TensorToWrite.Create("w", [2, 2], new[] { value, 1, 2, 3 })]);
}
