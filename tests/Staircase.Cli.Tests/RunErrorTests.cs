using System.Text.Json;

namespace Staircase.Cli.Tests;

/// <summary>Run folders that are not what they should be: each message names the file.</summary>
[Collection(InProcess.Name)]
public sealed class RunErrorTests
{
    private const string Descent = "train --optimizer gd --learning-rate 0.05 --steps 200 --record every:10 --checkpoints every:50 --out";

    [Fact]
    public void Training_that_diverges_says_where_and_what_to_do()
    {
        using var folder = new TemporaryFolder();
        InProcess.Run("train", "--optimizer", "gd", "--learning-rate", "5", "--steps", "3000", "--out", folder["gd"])
            .IsRefused("diverged", "at step", "the loss is", "stable up to 1.591", "--learning-rate is 5");
        InProcess.Run("train", "--optimizer", "adam", "--learning-rate", "1e9", "--steps", "3000", "--out", folder["adam"])
            .IsRefused("diverged", "Lower --learning-rate");
        InProcess.Run("train", "--trace", "1e300", "--until", "1", "--out", folder["flow"]).IsRefused("diverged", "Lower --init");
    }

    [Fact]
    public void The_rate_named_by_theory_is_where_divergence_begins()
    {
        using var folder = new TemporaryFolder();
        double largest = InProcess.Run("predict", "--json").Json.GetProperty("largestStableLearningRate").GetDouble();

        // Descent oscillates but stays below the rate of theory, and leaves the minimum above it.
        string rate = $"{0.97 * largest:R}";
        InProcess.Run("train", "--optimizer", "gd", "--learning-rate", rate, "--steps", "3000", "--out", folder["below"]).Succeeded();
        JsonElement comparison = InProcess.Run("compare", folder["below"], "--json").Json.GetProperty("comparison");
        double error = comparison.GetProperty("plateaus").EnumerateArray().Last().GetProperty("heightError").GetDouble();
        Assert.True(Math.Abs(error) < 1e-6, $"At 0.97 of the largest stable rate the minimum is reached; relative error {error:G3}.");
    }

    [Fact]
    public void A_file_in_the_way_or_a_run_that_is_there_already_is_not_overwritten()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("file", "precious"), run = Trained(folder);
        InProcess.Run("train", "--until", "1", "--out", file).IsRefused(file);
        InProcess.Run("train", "--until", "1", "--out", Path.Combine(file, "below")).IsRefused(file);
        InProcess.Run("export", "--data", "sample:10", "--out", Path.Combine(file, "x.npz")).IsRefused(file);
        InProcess.Run("export", "--data", "sample:10", "--out", folder.Path).IsRefused(folder.Path);
        Assert.Equal("precious", File.ReadAllText(file));
        string before = File.ReadAllText(Path.Combine(run, "run.json"));
        InProcess.Run("train", "--until", "1", "--out", run).IsRefused(run, "already holds a run", "--resume");
        Assert.Equal(before, File.ReadAllText(Path.Combine(run, "run.json")));
    }

    [Theory]
    [InlineData("--heads 3")]
    [InlineData("--learning-rate 0.1")]
    [InlineData("--optimizer adam")]
    [InlineData("--seed 11")]
    [InlineData("--record every:1")]
    [InlineData("--steps 300 --seed 11")]
    public void Resuming_takes_no_option_that_would_change_the_run(string options)
    {
        using var folder = new TemporaryFolder();
        InProcess.Run(["train", "--resume", "--out", Trained(folder), .. options.Split(' ')]).IsRefused("--resume", "--steps or --until");
    }

    [Fact]
    public void Resuming_takes_no_end_that_has_passed_or_of_the_other_kind()
    {
        using var folder = new TemporaryFolder();
        string run = Trained(folder);
        InProcess.Run("train", "--resume", "--out", run, "--steps", "100").IsRefused(run, "step 200", "--steps");
        InProcess.Run("train", "--resume", "--out", run, "--until", "100").IsRefused("--until");
        Assert.Equal("200", Experiment(run, "steps"));
    }

    [Theory]
    [InlineData("", "not a run record")]
    [InlineData("null", "no experiment")]
    [InlineData("[]", "not a run record")]
    [InlineData("{}", "not a run record")]
    [InlineData("{\"kind\": \"regression\", \"status\": \"running\", \"experiment\": null}", "no experiment")]
    [InlineData("{\"kind\": \"regression\", \"status\": \"running\", \"experiment\": {\"heads\": null}}", "no experiment")]
    [InlineData("{\"kind\": \"regression\", \"status\": \"running\", \"experiment\": {\"heads\": \"many\"}}", "heads must be a whole")]
    [InlineData("{\"kind\": \"regression\", \"status\": \"running\", \"experiment\": {\"haeds\": \"4\"}}", "unknown key 'haeds'")]
    [InlineData("{\"kind\": \"regression\", \"status\": \"asleep\", \"experiment\": {}}", "not a run record")]
    [InlineData("{\"kind\": \"regresion\", \"status\": \"running\", \"experiment\": {}}", "unknown kind 'regresion'")]
    [InlineData("{\"kind\": \"regression\", \"status\": \"running\", \"exper", "not a run record")]
    [InlineData("not json\nat all", "not a run record")]
    public void A_broken_record_is_named_and_what_is_wrong_with_it(string text, string mention)
    {
        using var folder = new TemporaryFolder();
        RefusedWith(folder, text, mention);
    }

    /// <summary>The first format had no kind, and its checkpoints held the state of the optimizer.</summary>
    [Theory]
    [InlineData(1, "format 1", "reads format 2", "Train it again", "the version of Staircase that it names")]
    [InlineData(99, "format 99", "reads format 2", "newer version of Staircase")]
    public void A_run_of_another_format_says_what_to_do(int format, params string[] mentions)
    {
        using var folder = new TemporaryFolder();
        string text = $$$"""{"format": {{{format}}}, "status": "finished", "experiment": {"heads": "4"}, "version": "0.9.0"}""";
        string run = RefusedWith(folder, text, mentions);
        InProcess.Run("report", run).IsRefused([Path.Combine(run, "run.json"), .. mentions]);
        Assert.Equal(text, File.ReadAllText(Path.Combine(run, "run.json")));
    }

    [Fact]
    public void A_broken_table_is_named_with_its_line()
    {
        using var folder = new TemporaryFolder();
        string run = Trained(folder), table = Path.Combine(run, "metrics.csv"), text = File.ReadAllText(table);
        string[] lines = text.Split('\n');
        Broken("", "line 1");
        Broken("step,time\n", "line 1");
        Broken(text.Replace(lines[3], "20,abc", StringComparison.Ordinal), "line 4");
        Broken(text.Replace(lines[3], lines[3] + ",7", StringComparison.Ordinal), "line 4");
        Broken(text.Replace(lines[3], "x" + lines[3], StringComparison.Ordinal), "line 4");
        Broken(text.Replace(lines[3], lines[3].Replace(',', ';'), StringComparison.Ordinal), "line 4");
        string word = lines[3].Replace(".", ".x", StringComparison.Ordinal);
        Broken(text.Replace(lines[3], word, StringComparison.Ordinal), "line 4", "not a number");
        File.Delete(table);
        InProcess.Run("train", "--resume", "--out", run).IsRefused(table);
        InProcess.Run("compare", run).IsRefused(table);

        void Broken(string content, params string[] mentions)
        {
            File.WriteAllText(table, content);
            InProcess.Run("train", "--resume", "--out", run).IsRefused([table, .. mentions]);
            InProcess.Run("compare", run).IsRefused([table, .. mentions]);
        }
    }

    [Fact]
    public void A_table_cut_short_is_not_continued_with_a_gap()
    {
        using var folder = new TemporaryFolder();
        string run = Trained(folder), table = Path.Combine(run, "metrics.csv");
        string[] lines = File.ReadAllLines(table);
        File.WriteAllText(table, string.Join('\n', lines[..5]) + "\n" + lines[5][..4]); // up to step 30, and a row cut short
        InProcess.Run("train", "--resume", "--out", run).IsRefused(run, "cut short", "step 200");
        InProcess.Run("compare", run).IsRefused(run, "cut short", "step 200", "ends at step 30");
        File.WriteAllText(table, lines[0] + "\n" + lines[1] + "\n");
        InProcess.Run("compare", run).IsRefused(run, "cut short", "ends at step 0");
    }

    [Fact]
    public void A_newest_checkpoint_that_a_power_cut_tore_is_written_again()
    {
        using var folder = new TemporaryFolder();
        string run = Trained(folder), newest = Checkpoint(run, 200);
        byte[] whole = File.ReadAllBytes(newest), table = File.ReadAllBytes(Path.Combine(run, "metrics.csv"));
        foreach (int length in new[] { 0, 7, 100, whole.Length / 2, whole.Length - 1 })
        {
            File.WriteAllBytes(newest, whole[..length]);
            InProcess.Run("train", "--resume", "--out", run).Succeeded();
            Assert.Equal(whole, File.ReadAllBytes(newest));
            Assert.Equal(table, File.ReadAllBytes(Path.Combine(run, "metrics.csv")));
        }
    }

    [Fact]
    public void Checkpoints_that_are_all_broken_are_named()
    {
        using var folder = new TemporaryFolder();
        string run = Trained(folder);
        foreach (string path in Directory.GetFiles(Path.Combine(run, "checkpoints")))
            File.WriteAllText(path, "broken");
        InProcess.Run("train", "--resume", "--out", run).IsRefused(Checkpoint(run, 0));
    }

    [Fact]
    public void A_state_of_another_model_is_named_and_kept()
    {
        using var folder = new TemporaryFolder();
        string run = Trained(folder), other = folder["other"], state = Path.Combine(run, "resume.safetensors");
        InProcess.Run([.. Descent.Split(' '), other, "--heads", "2"]).Succeeded();
        File.Copy(Path.Combine(other, "resume.safetensors"), state, overwrite: true);
        InProcess.Run("train", "--resume", "--out", run).IsRefused(state, "'value'", "[5]", "[2]");
        Assert.True(File.Exists(state));
    }

    [Fact]
    public void A_folder_that_holds_no_run_is_named()
    {
        using var folder = new TemporaryFolder();
        InProcess.Run("train", "--resume", "--out", folder.Path).IsRefused(folder.Path, "run.json is missing");
        InProcess.Run("compare", folder.Path).IsRefused(folder.Path, "run.json is missing");
        string file = folder.Write("file", "");
        InProcess.Run("compare", file).IsRefused(file);
    }

    [Fact]
    public void A_run_of_which_there_is_no_theory_says_why_and_shows_what_was_measured()
    {
        using var folder = new TemporaryFolder();
        string run = folder["run"];
        InProcess.Run("train", "--in-context-fraction", "0.5", "--data", "sample:100", "--until", "3", "--out", run).Succeeded();
        string compared = InProcess.Run("compare", run).Succeeded().Out;
        Assert.Contains("No theory beside it: some sequences are in-weight", compared, StringComparison.Ordinal);
        string[] options = "--in-context-fraction 0.5 --data sample:100 --until 3 --json".Split(' ');
        JsonElement json = InProcess.Run(["train", .. options, "--out", folder["json"]]).Json;
        Assert.Equal(1, json.GetProperty("comparison").GetProperty("plateaus").GetArrayLength());
        Assert.Contains("in-weight", json.GetProperty("comparison").GetProperty("noTheory").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_finished_run_goes_on_to_more_steps_as_if_it_had_never_ended()
    {
        using var folder = new TemporaryFolder();
        string run = Trained(folder), longer = folder["longer"];
        InProcess.Run("train", "--resume", "--out", run, "--steps", "333").Succeeded();
        InProcess.Run([.. Descent.Replace("--steps 200", "--steps 333", StringComparison.Ordinal).Split(' '), longer]).Succeeded();
        Assert.Equal(File.ReadAllText(Path.Combine(longer, "metrics.csv")), File.ReadAllText(Path.Combine(run, "metrics.csv")));
        Assert.Equal(File.ReadAllBytes(Checkpoint(longer, 333)), File.ReadAllBytes(Checkpoint(run, 333)));
        Assert.Equal("333", Experiment(run, "steps"));
    }

    [Fact]
    public void A_finished_flow_resumes_to_itself_and_goes_on_further()
    {
        using var folder = new TemporaryFolder();
        string run = folder["run"], table = Path.Combine(run, "metrics.csv");
        InProcess.Run("train", "--until", "100", "--record", "every:7", "--out", run).Succeeded();
        string before = File.ReadAllText(table);
        InProcess.Run("train", "--resume", "--out", run).Succeeded();
        Assert.Equal(before, File.ReadAllText(table));
        InProcess.Run("train", "--resume", "--out", run, "--until", "200").Succeeded();
        string[] rows = File.ReadAllLines(table);
        Assert.StartsWith("200", rows[^1].Split(',')[1], StringComparison.Ordinal);
        Assert.Equal(rows.Length, rows.Distinct(StringComparer.Ordinal).Count());
    }

    private static string RefusedWith(TemporaryFolder folder, string text, params string[] mentions)
    {
        string run = Trained(folder), record = Path.Combine(run, "run.json");
        File.WriteAllText(record, text);
        InProcess.Run("train", "--resume", "--out", run).IsRefused([record, .. mentions]);
        InProcess.Run("compare", run).IsRefused([record, .. mentions]);
        return run;
    }

    private static string Trained(TemporaryFolder folder)
    {
        InProcess.Run([.. Descent.Split(' '), folder["run"]]).Succeeded();
        return folder["run"];
    }

    private static string Checkpoint(string run, long step) => Path.Combine(run, "checkpoints", $"step-{step:00000000}.safetensors");

    private static string? Experiment(string run, string key)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "run.json")));
        return document.RootElement.GetProperty("experiment").GetProperty(key).GetString();
    }
}
