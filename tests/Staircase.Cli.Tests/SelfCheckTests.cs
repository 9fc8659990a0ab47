using System.Text.Json;

namespace Staircase.Cli.Tests;

/// <summary>What predict says beside its times, and what it keeps to itself where they would be false.</summary>
[Collection(InProcess.Name)]
public sealed class SelfCheckTests
{
    [Fact]
    public void Predict_trains_the_flow_beside_theory_and_says_which_is_which()
    {
        // Two heads tie for the first component: theory's last drops are far off, and the flow beside them shows it.
        string[] command = ["predict", "--init", "1e-3", "--seed", "18"];
        Outcome outcome = InProcess.Run(command).Succeeded();
        Assert.Contains("flow to time", outcome.Out, StringComparison.Ordinal);
        Assert.Contains("Theory trains nothing", outcome.Out, StringComparison.Ordinal);
        JsonElement json = InProcess.Run([.. command, "--json"]).Json, check = json.GetProperty("check");
        Assert.True(check.GetProperty("whole").GetBoolean());
        JsonElement[] plateaus = [.. check.GetProperty("plateaus").EnumerateArray()];

        // The converged last drop, by an integration at a tolerance of 1e-9 (issue: 20,938).
        Assert.Equal(20_938, plateaus[3].GetProperty("end").GetDouble(), 20_938 * 1e-3);
        JsonElement drop = json.GetProperty("prediction").GetProperty("drops")[3];
        Assert.Equal(
            drop.GetProperty("time").GetDouble() / plateaus[3].GetProperty("end").GetDouble() - 1,
            plateaus[3].GetProperty("difference").GetDouble(), 1e-12);
    }

    [Fact]
    public void The_check_can_be_turned_off_and_a_dear_one_says_why_it_is_left_out()
    {
        Assert.Contains("--no-check", InProcess.Run("predict", "--no-check").Succeeded().Out, StringComparison.Ordinal);
        JsonElement dear = InProcess.Run("predict", "--dim", "48", "--json").Json.GetProperty("check");
        Assert.Contains("48", dear.GetProperty("skipped").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("adam")]
    [InlineData("muon")]
    public void An_optimizer_that_follows_no_flow_gets_no_times(string optimizer)
    {
        JsonElement json = InProcess.Run("predict", "--optimizer", optimizer, "--json").Json;
        Assert.Equal(JsonValueKind.Null, json.GetProperty("prediction").ValueKind);
        Assert.Contains(optimizer, json.GetProperty("noTimes").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, json.GetProperty("nothingLearned").GetDouble(), 1e-12);
        Assert.DoesNotContain("to time", InProcess.Run("predict", "--optimizer", optimizer).Succeeded().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void With_two_pairs_of_context_a_model_predicts_zero_and_predict_says_so()
    {
        using var folder = new TemporaryFolder();
        string[] setting = ["--context", "2", "--init", "1e-3", "--seed", "3"];
        string[] predicted = [.. InProcess.Run(["predict", .. setting, "--json"]).Json
            .GetProperty("prediction").GetProperty("plateaus").EnumerateArray().Select(p => p.GetProperty("algorithm").GetString()!)];
        string[] measured = [.. InProcess.Run(["train", .. setting, "--json", "--out", folder["run"]]).Json
            .GetProperty("comparison").GetProperty("plateaus").EnumerateArray()
            .Select(p => p.GetProperty("algorithm").GetProperty("name").GetString()!)];
        Assert.Equal("predicts zero", predicted[1]);
        Assert.Equal(measured[..3], predicted[..3]);
    }

    [Fact]
    public void A_listed_spectrum_that_is_rescaled_says_so()
    {
        Assert.Contains("rescaled to trace 1", InProcess.Run("predict", "--spectrum", "3,2,1").Succeeded().Out, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "rescaled", InProcess.Run("predict", "--spectrum", "3,2,1", "--trace", "none").Succeeded().Out, StringComparison.Ordinal);
        Assert.DoesNotContain("rescaled", InProcess.Run("predict", "--spectrum", "0.5,0.3,0.2").Succeeded().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_says_which_head_learned_what_as_measured_and_as_predicted()
    {
        using var folder = new TemporaryFolder();
        JsonElement json = InProcess.Run("train", "--init", "1e-3", "--seed", "3", "--json", "--out", folder["run"]).Json;
        JsonElement[] plateaus = [.. json.GetProperty("comparison").GetProperty("plateaus").EnumerateArray()];
        Assert.Empty(plateaus[0].GetProperty("heads").EnumerateArray());
        foreach (JsonElement plateau in plateaus[1..])
        {
            JsonElement one = Assert.Single(plateau.GetProperty("heads").EnumerateArray());
            Assert.Equal(one.GetProperty("predictedHead").GetInt32(), one.GetProperty("head").GetInt32());
            Assert.True(one.GetProperty("share").GetDouble() > 0.99);
        }

        Assert.Contains("by head", InProcess.Run("compare", folder["run"]).Succeeded().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mixture_has_heights_and_records_both_test_losses()
    {
        using var folder = new TemporaryFolder();
        string[] mixture = ["--in-context-fraction", "0.5", "--data", "sample:2000", "--dim", "2", "--context", "10"];
        JsonElement json = InProcess.Run(["predict", .. mixture, "--json"]).Json;
        double nothing = json.GetProperty("nothingLearned").GetDouble(), best = json.GetProperty("bestOfAll").GetDouble();
        Assert.True(best < json.GetProperty("bestInContext").GetDouble() && json.GetProperty("bestInContext").GetDouble() < nothing);

        InProcess.Run(
            ["train", .. mixture, "--attention", "merged", "--init-scheme", "full", "--init", "0.1", "--test", "500", "--until", "200",
                "--out", folder["run"]]).Succeeded();
        string[] rows = File.ReadAllLines(Path.Combine(folder["run"], "metrics.csv"));
        Assert.EndsWith("test_in_context,test_in_weight", rows[0], StringComparison.Ordinal);
        double[] first = Numbers(rows[1]), last = Numbers(rows[^1]);
        Assert.True(last[2] < first[2] && last[2] > best - 1e-9, $"the loss fell from {first[2]} to {last[2]}, never below {best}");
        Assert.True(last[^2] < first[^2] && last[^1] < first[^1], "both test losses fall");

        static double[] Numbers(string row) =>
            [.. row.Split(',').Select(cell => double.Parse(cell, System.Globalization.CultureInfo.InvariantCulture))];
    }

    /// <summary>The mean over prefixes, each as a sample of its own: what varying contexts come to, for a softmax, too.</summary>
    [Fact]
    public void A_softmax_over_varying_contexts_asks_every_prefix()
    {
        using var folder = new TemporaryFolder();
        InProcess.Run(
            "train", "--softmax", "--vary-context", "--data", "sample:50", "--dim", "2", "--context", "4", "--until", "1", "--out",
            folder["run"]).Succeeded();
        string first = File.ReadAllLines(Path.Combine(folder["run"], "metrics.csv"))[1];

        var study = (Staircase.Lab.RegressionStudy)Experiment("softmax=true", "vary-context=true", "data=sample:50", "dim=2", "context=4");
        double expected = 0;
        double[] tokens = new double[15];
        for (int i = 0; i < 50; i++)
        {
            double target = study.Sequences!.Read(i, tokens);
            for (int n = 1; n <= 4; n++)
                expected += Math.Pow(Softmax(study, tokens, n) - (n == 4 ? target : tokens[3 * n + 2]), 2) / 200;
        }

        double loss = double.Parse(first.Split(',')[2], System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(expected, loss, 1e-12);
    }

    private static Staircase.Lab.Study Experiment(params string[] keys)
    {
        Staircase.Lab.ExperimentKind kind = Staircase.Lab.ExperimentKinds.Default;
        return keys.Aggregate(kind.Default, (e, key) => kind.Set(e, key.Split('=')[0], key.Split('=')[1], null))
            .Prepare(progress: null, TestContext.Current.CancellationToken);
    }

    /// <summary>ŷ of separate heads of rank 1 with zero blocks, in plain loops: Σ_h v_h Σ_t p_t y_t, scores k·x_t q·x_q.</summary>
    private static double Softmax(Staircase.Lab.RegressionStudy study, double[] tokens, int n)
    {
        var model = (SeparateAttention)study.Model;
        double sum = 0;
        for (int h = 0; h < model.Heads; h++)
        {
            SeparateHead head = model.Head(study.InitialWeights, h);
            double ask = head.Query[0, 0] * tokens[3 * n] + head.Query[0, 1] * tokens[3 * n + 1], over = 0, total = 0;
            for (int t = 0; t <= n; t++)
            {
                double weight = Math.Exp((head.Key[0, 0] * tokens[3 * t] + head.Key[0, 1] * tokens[3 * t + 1]) * ask);
                over += weight;
                total += weight * (t == n ? 0 : tokens[3 * t + 2]);
            }

            sum += head.Value * total / over;
        }

        return sum;
    }
}
