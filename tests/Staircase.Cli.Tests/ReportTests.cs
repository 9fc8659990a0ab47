namespace Staircase.Cli.Tests;

/// <summary>Reports and reproductions from the command line.</summary>
[Collection(InProcess.Name)]
public sealed class ReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Training_leaves_a_report_in_the_run_folder()
    {
        Train("a");
        Assert.Contains("</html>", File.ReadAllText(Path.Combine(Run("a"), "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void One_run_reports_into_its_folder_and_several_where_they_are_told()
    {
        Train("a");
        Train("b", "--seed", "3");
        File.Delete(Path.Combine(Run("a"), "report.html"));
        string one = InProcess.Run("report", Run("a"), "--json").Json.GetProperty("report").GetString()!;
        Assert.Equal(Path.Combine(Run("a"), "report.html"), one);
        string both = Path.Combine(_folder.Path, "new", "both.html");
        InProcess.Run("report", Run("a"), Run("b"), "--out", both).Succeeded();
        string html = File.ReadAllText(both);
        Assert.Contains("What differs", html, StringComparison.Ordinal);
        Assert.Contains("\"seed\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("What differs", File.ReadAllText(one), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_without_theory_is_reported_too()
    {
        string[] options = "--data sample:200 --in-context-fraction 0.5 --optimizer adam --learning-rate 0.01 --steps 40".Split(' ');
        InProcess.Run(["train", .. options, "--out", Run("mixed")]).Succeeded();
        InProcess.Run("report", Run("mixed")).Succeeded();
        Assert.Contains("No theory beside it", File.ReadAllText(Path.Combine(Run("mixed"), "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_no_run_is_refused()
    {
        InProcess.Run("report", Run("missing")).IsRefused("missing");
        Directory.CreateDirectory(Run("empty"));
        InProcess.Run("report", Run("empty")).IsRefused("run.json");
        InProcess.Run("report").IsRefused("RUN");
    }

    [Theory]
    [InlineData("run.json", "")]
    [InlineData("run.json", "{\"format\": 1, \"sta")]
    [InlineData("run.json", "[1, 2]")]
    [InlineData("run.json", "{\"format\": 99, \"status\": \"finished\", \"experiment\": {}}")]
    [InlineData("metrics.csv", "")]
    [InlineData("metrics.csv", "a,b\n1,2\n")]
    [InlineData("metrics.csv", "step,time,loss,m1,m2\n0,0,x,0,0\n1,1,1,0,0\n")]
    [InlineData("checkpoints/step-00000000.safetensors", "")]
    [InlineData("checkpoints/step-00000000.safetensors", "this is a text of some length and no checkpoint at all")]
    public void A_broken_file_is_named(string file, string content)
    {
        Train("broken");
        File.WriteAllText(Path.Combine(Run("broken"), file), content);
        InProcess.Run("report", Run("broken")).IsRefused(Path.GetFileName(file));
    }

    [Theory]
    [InlineData("run.json")]
    [InlineData("metrics.csv")]
    [InlineData("checkpoints/step-00000000.safetensors")]
    public void A_file_cut_short_is_named(string file)
    {
        Train("cut");
        string path = Path.Combine(Run("cut"), file);
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(file == "metrics.csv" ? 10 : bytes.Length / 2)]);
        InProcess.Run("report", Run("cut")).IsRefused(Path.GetFileName(file));
    }

    [Theory]
    [InlineData("run.json")]
    [InlineData("metrics.csv")]
    public void A_missing_file_is_named(string file)
    {
        Train("lacking");
        File.Delete(Path.Combine(Run("lacking"), file));
        InProcess.Run("report", Run("lacking")).IsRefused(file);
    }

    [Fact]
    public void A_folder_of_another_model_is_refused()
    {
        Train("two");
        InProcess.Run("train", "--dim", "3", "--until", "5", "--out", Run("three")).Succeeded();
        File.Copy(Path.Combine(Run("three"), "metrics.csv"), Path.Combine(Run("two"), "metrics.csv"), overwrite: true);
        InProcess.Run("report", Run("two")).IsRefused("metrics.csv");
    }

    [Fact]
    public void Figures_are_listed_reproduced_and_refused_by_name()
    {
        Assert.Contains("separate-staircase", InProcess.Run("reproduce", "list").Succeeded().Out, StringComparison.Ordinal);
        Assert.True(InProcess.Run("reproduce", "list", "--json").Json.GetArrayLength() >= 12);
        InProcess.Run("reproduce", "landscpe").IsRefused("landscape");
        InProcess.Run("reproduce", "list", "landscape").IsRefused("list");
        InProcess.Run("reproduce").IsRefused("NAME");
        InProcess.Run("reproduce", "landscape", "--export", "gif").IsRefused("svg, png or pdf");
        string figures = Path.Combine(_folder.Path, "figures");
        string printed = InProcess.Run("reproduce", "landscape", "merged-white", "--quick", "--out", figures).Succeeded().Out;
        Assert.Contains("0 fail", printed, StringComparison.Ordinal);
        Assert.Equal(
            "landscape.html landscape.json merged-white.html merged-white.json parity.md",
            string.Join(' ', Directory.GetFiles(figures).Select(Path.GetFileName).Order(StringComparer.Ordinal)));
        Assert.Contains(
            "staircase reproduce landscape --quick", File.ReadAllText(Path.Combine(figures, "parity.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_picture_needs_a_browser_and_says_so()
    {
        Train("a");
        string? path = Environment.GetEnvironmentVariable("PATH"), said = Environment.GetEnvironmentVariable("CHROMIUM");
        try
        {
            Environment.SetEnvironmentVariable("CHROMIUM", null);
            Environment.SetEnvironmentVariable("PATH", _folder.Path);
            InProcess.Run("report", Run("a"), "--export", "svg").IsRefused("Chromium", "CHROMIUM");
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
            Environment.SetEnvironmentVariable("CHROMIUM", said);
        }
    }

    [Fact]
    public void Seeds_are_one_ensemble_and_settings_are_told_apart_in_readable_numbers()
    {
        Train("a");
        Train("b", "--seed", "3");
        Train("c", "--init", "0.30000000000000004");
        string path = Path.Combine(_folder.Path, "all.html");
        InProcess.Run("report", Run("a"), Run("b"), Run("c"), "--out", path).Succeeded();
        string html = File.ReadAllText(path);
        Assert.Contains("2 settings, each with 2 seeds or 1 run.", html, StringComparison.Ordinal);
        Assert.Contains("\"init 0.3\"", html, StringComparison.Ordinal);
        Assert.Contains($"staircase report {Run("a")} {Run("b")} {Run("c")} --out {path}", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_report_of_a_run_prints_the_command_that_trains_it_again()
    {
        Train("a", "--data", "sample:50", "--whiten");
        InProcess.Run("report", Run("a")).Succeeded();
        string html = File.ReadAllText(Path.Combine(Run("a"), "report.html"));
        string command = html[html.IndexOf("staircase train ", StringComparison.Ordinal)..].Split('"')[0];
        string[] words = command.Split(' ')[1..];
        InProcess.Run([.. words, "--out", Run("again")]).Succeeded();
        Assert.Equal(File.ReadAllText(Path.Combine(Run("a"), "metrics.csv")), File.ReadAllText(Path.Combine(Run("again"), "metrics.csv")));
    }

    [Fact]
    public void Tables_are_written_by_name_and_refused_by_name()
    {
        Train("a");
        InProcess.Run("report", Run("a"), "--table", "checks.tex").Succeeded();
        string table = File.ReadAllText(Path.Combine(Run("a"), "run-1-checks.tex"));
        Assert.StartsWith(
            "\\begin{tabular}{llllll}\n\\hline\nclaim & source & measured & expected & verdict", table, StringComparison.Ordinal);
        InProcess.Run("report", Run("a"), "--table", "cheks.md").IsRefused("cheks", "checks");
        InProcess.Run("report", Run("a"), "--table", "docx").IsRefused("csv, md or tex");
        InProcess.Run("report", Run("a"), "--width", "85").IsRefused("--export");
        InProcess.Run("report", Run("a"), "--export", "svg", "--width", "3").IsRefused("from 20 to 1000");
    }

    [Theory]
    [InlineData("npz")]
    [InlineData("safetensors")]
    public void Weights_are_written_at_plateaus_and_at_steps(string format)
    {
        Train("a");
        string file = Path.Combine(_folder.Path, $"w.{format}");
        int plateaus = InProcess.Run("weights", Run("a"), "--out", file, "--json").Json.GetProperty("steps").GetArrayLength();
        Assert.InRange(plateaus, 1, 3);
        using (Checkpoints.ITensorSource written = Checkpoints.CheckpointFile.Open(file))
        {
            Assert.True(written.TryGetInfo("key", out Checkpoints.TensorInfo? key));
            Assert.Equal(plateaus, key.Shape[0]);
        }

        InProcess.Run("weights", Run("a"), "--at", "0", "--out", file).Succeeded();
        using Checkpoints.ITensorSource first = Checkpoints.CheckpointFile.Open(file);
        using Checkpoints.ITensorSource kept =
            Checkpoints.CheckpointFile.Open(Path.Combine(Run("a"), "checkpoints", "step-00000000.safetensors"));
        Assert.Equal(kept.ReadDouble("key"), first.ReadDouble("key"));
        InProcess.Run("weights", Run("a"), "--at", "7777777", "--out", file).IsRefused("7777777", "nearest");
        InProcess.Run("weights", Run("a"), "--at", "never", "--out", file).IsRefused("plateaus");
        InProcess.Run("weights", Run("a"), "--out", Path.Combine(_folder.Path, "w.txt")).IsRefused("w.txt");
    }

    private string Run(string name) => Path.Combine(_folder.Path, name);

    private void Train(string name, params string[] more) =>
        InProcess.Run(["train", "--dim", "2", "--heads", "2", "--until", "50", "--out", Run(name), .. more]).Succeeded();
}
