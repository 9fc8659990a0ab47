using System.Text.Json.Nodes;
using Staircase.Checkpoints;

namespace Staircase.Cli.Tests;

/// <summary><c>audit</c> and <c>compare --curve</c>.</summary>
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
        Assert.Contains("step4.safetensors is partial: 1 of 1", InProcess.Run("audit", _folder[""], "--partial").Out, StringComparison.Ordinal);
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

    private void Write(int step, double value) => SafetensorsWriter.Write(
        _folder[$"step{step}.safetensors"], [TensorToWrite.Create("w", [2, 2], new[] { value, 1, 2, 3 })]);
}
