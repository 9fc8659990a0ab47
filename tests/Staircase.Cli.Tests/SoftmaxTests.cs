namespace Staircase.Cli.Tests;

/// <summary>Attention with a softmax from the command line.</summary>
[Collection(InProcess.Name)]
public sealed class SoftmaxTests : IDisposable
{
    private static readonly string[] Setting =
        "--softmax --dim 2 --context 6 --data sample:50 --optimizer gd --learning-rate 0.1 --record every:1".Split(' ');

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("merged")]
    [InlineData("separate")]
    public void A_stopped_run_continues_to_the_same_bits(string attention)
    {
        InProcess.Run(["train", .. Setting, "--attention", attention, "--steps", "60", "--out", _folder["whole"]]).Succeeded();
        InProcess.Run(["train", .. Setting, "--attention", attention, "--steps", "25", "--out", _folder["parts"]]).Succeeded();
        string report = InProcess.Run("train", "--resume", "--steps", "60", "--out", _folder["parts"]).Succeeded().Out;
        Assert.Contains("softmax attention", report, StringComparison.Ordinal);
        Assert.Contains("that of linear attention", report, StringComparison.Ordinal);
        Assert.Equal(
            File.ReadAllText(Path.Combine(_folder["whole"], "metrics.csv")),
            File.ReadAllText(Path.Combine(_folder["parts"], "metrics.csv")));
    }

    [Fact]
    public void The_flow_online_batches_and_files_train_it_too()
    {
        string[] small = "--dim 2 --context 6".Split(' ');
        string data = _folder["data.npz"];
        InProcess.Run(["train", "--softmax", .. small, "--data", "sample:50", "--until", "2", "--out", _folder["flow"]]).Succeeded();
        InProcess.Run(["train", "--softmax", .. small, "--data", "online:8", "--steps", "5", "--out", _folder["online"]]).Succeeded();
        InProcess.Run(["export", .. small, "--data", "sample:30", "--out", data]).Succeeded();
        string[] read = ["--data", data, "--weights", data, "--optimizer", "gd", "--steps", "5"];
        InProcess.Run(["train", "--softmax", .. read, "--out", _folder["file"]]).Succeeded();
    }

    [Fact]
    public void What_it_cannot_do_is_refused()
    {
        InProcess.Run("train", "--softmax", "--until", "2", "--out", _folder["a"]).IsRefused("--softmax", "--data sample:P");
        InProcess.Run("train", "--softmax", "--data", "sample:50", "--attention", "cubic", "--until", "2", "--out", _folder["a"]).IsRefused(
            "--softmax", "merged or separate");
        InProcess.Run("train", "--softmax", "--data", "sample:50", "--out", _folder["a"]).IsRefused("--until");
    }

    /// <summary>ρ = N flattens the scores: from the same weights the loss is another.</summary>
    [Fact]
    public void The_scale_divides_the_scores()
    {
        Assert.NotEqual(LossWith("none"), LossWith("context"), StringComparer.Ordinal);
    }

    private string LossWith(string scale)
    {
        InProcess.Run(["train", .. Setting, "--init", "1", "--scale", scale, "--steps", "1", "--out", _folder[scale]]).Succeeded();
        return File.ReadAllLines(Path.Combine(_folder[scale], "metrics.csv"))[1].Split(',')[2];
    }
}
