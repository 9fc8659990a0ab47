using System.Text;
using Staircase.Transformers;

namespace Staircase.Lab.Tests;

/// <summary>Experiments on sequences of tokens.</summary>
public class TokenStudyTests
{
    private const double Single = 1e-5;

    [Fact]
    public void Settings_describe_the_same_experiment()
    {
        var experiment = new TokenExperiment
        {
            Vocabulary = 5,
            Order = 2,
            Concentration = 0.5,
            Context = 20,
            Layers = 1,
            Heads = 2,
            Width = 6,
            HeadWidth = 2,
            Hidden = 7,
            Positions = PositionKind.Absolute,
            Norm = true,
            Init = 0.3,
            Optimizer = OptimizerKind.Muon,
            LearningRate = 0.02,
            WeightDecay = 0.2,
            Momentum = 0.8,
            SecondDecay = 0.9,
            Batch = 3,
            Steps = 9,
            Early = 2,
            Late = 15,
            Record = Schedule.Every(2),
            Checkpoints = Schedule.Every(4),
            Seed = 3,
            DataSeed = 4,
            InitSeed = 5,
        };
        Study study = experiment.Prepare();
        Assert.Equal(experiment with { Task = TokenTaskKind.Markov }, study.Experiment);
        Assert.Equal(study.Experiment, study.Settings.Aggregate(
            TokenExperiment.Type.Default, (read, pair) => TokenExperiment.Type.Set(read, pair.Key, pair.Value, null)));
    }

    [Theory]
    [InlineData(TokenTaskKind.Repeated)]
    [InlineData(TokenTaskKind.Triggers)]
    [InlineData(TokenTaskKind.Text)]
    public void Every_task_trains_compares_and_reports(TokenTaskKind kind)
    {
        using var folder = new TemporaryFolder();
        string text = string.Concat(Enumerable.Repeat("Der Hund bellt, die Katze schläft. ", 60));
        TokenExperiment experiment = kind == TokenTaskKind.Text
            ? Small() with { Text = folder.Write("text.txt", text) }
            : Small() with { Task = kind, Vocabulary = 9 };
        Run run = Trainer.Train(experiment.Prepare(), new RunMemory(), null, TestContext.Current.CancellationToken);
        Findings findings = run.Findings;
        ReportSection section = run.View.Section;
        Assert.Equal(((TokenStudy)run.Study).Task.Baselines.Count + 1, findings.Tables[0].Rows.Count);
        Assert.Contains(section.Plots, plot => plot.Id == "position");
        Assert.All(section.Plots.SelectMany(plot => plot.Series), series => Assert.Equal(series.X.Length, series.Y.Length));
        WeightMaps maps = Assert.Single(section.Weights);
        Assert.Equal(experiment.Layers * experiment.Heads, maps.Maps.Count);
        Assert.Equal(kind == TokenTaskKind.Text, findings.Sentences.Any(sentence => sentence.Contains('|', StringComparison.Ordinal)));
    }

    [Fact]
    public void Texts_that_are_none_are_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("is empty", Refused(folder.Write("empty.txt", "")), StringComparison.Ordinal);
        Assert.Contains("is binary: byte 3 is zero", Refused(folder.Write("binary.txt", "abc\0def")), StringComparison.Ordinal);
        string tooShort = Refused(folder.Write("short.txt", "Too short for a context."));
        Assert.Contains("a context of 16 needs at least 17 of each", tooShort, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Refused(folder["missing.txt"]), StringComparison.Ordinal);
        Assert.Contains("single token", Refused(folder.Write("same.txt", new string('a', 1000))), StringComparison.Ordinal);
        File.WriteAllBytes(folder["latin.txt"], Encoding.Latin1.GetBytes("für"));
        Assert.Contains("is not UTF-8: byte 1 ", Refused(folder["latin.txt"]), StringComparison.Ordinal);
        TokenExperiment words = Small() with { Text = folder.Write("a.txt", "abc"), Tokens = "words" };
        Assert.Contains("tokens must be", RefusedExperiment(words), StringComparison.Ordinal);
        Assert.Contains("needs a file", RefusedExperiment(Small() with { Task = TokenTaskKind.Text }), StringComparison.Ordinal);

        static string Refused(string path) => RefusedExperiment(Small() with { Text = path });

        static string RefusedExperiment(TokenExperiment experiment) => Assert.Throws<InputException>(() => experiment.Prepare()).Message;
    }

    [Fact]
    public void A_model_that_knows_nothing_has_the_measures_of_even_attention()
    {
        TokenStudy study = Prepare(Small());
        Dictionary<string, double> row = Measure(study, new float[study.Model.Layout.Count]);
        int n = study.Shape.ContextLength;
        Assert.Equal(Math.Log(3), row["loss"], Single);
        Assert.Equal(0, row["score"], Single);
        Assert.Equal(0, row["distance_uniform"], Single);
        Assert.Equal(study.Measures.Probes.EvenPrefix, row["prefix_0_0"], Single);
        Assert.Equal(Enumerable.Range(1, n - 1).Average(i => 1.0 / (i + 1)), row["previous_1_1"], Single);
        Assert.Equal(Enumerable.Range(1, n).Average(i => Math.Log(i)), row["entropy_0_1"], Single);
        Assert.Equal(1, row["similarity_0"], Single);
    }

    [Fact]
    public void A_head_that_looks_one_token_back_has_the_previous_token_score_one()
    {
        TokenStudy study = Prepare(Small() with { Layers = 1 });
        ParameterLayout layout = study.Model.Layout;
        var weights = new float[layout.Count];
        for (int token = 0; token < 3; token++)
            layout.Slice(weights.AsSpan(), "embed.W_E")[token * study.Shape.ModelDimension] = 1;
        layout.Slice(weights.AsSpan(), "blocks.0.attn.W_Q")[0] = 10; // of head 0, for every token
        layout.Slice(weights.AsSpan(), "blocks.0.attn.W_rel")[study.Shape.HeadDimension] = 10; // of head 0, at offset 1
        Dictionary<string, double> row = Measure(study, weights);
        Assert.Equal(1, row["previous_0_0"], Single);
        Assert.Equal(0, row["entropy_0_0"], Single);
        Assert.NotEqual(1, row["previous_0_1"], Single);
    }

    [Fact]
    public void The_window_goes_from_a_tenth_to_nine_tenths_of_the_way()
    {
        // A straight fall from the simple predictor's score at step 100 to the best one's at 200, after a throw at the beginning.
        double[] steps = [.. Enumerable.Range(0, 301).Select(i => (double)i)];
        double[] scores = [.. steps.Select(step => step == 3 ? -2 : -0.1 - 0.3 * Math.Clamp((step - 100) / 100, 0, 1))];
        Emergence found = Emergence.Of(steps, scores, -0.1, -0.4)!;
        Assert.Equal((110, 150, 190), (Math.Round(found.Start, 6), Math.Round(found.Half, 6), Math.Round(found.End, 6)));
        Assert.Null(Emergence.Of(steps, [.. scores.Select(_ => -0.12)], -0.1, -0.4));
    }

    [Fact]
    public void A_measure_that_moves_earlier_leads_by_as_much()
    {
        double[] steps = [.. Enumerable.Range(0, 401).Select(i => (double)i)];
        double[] Fall(double middle) => [.. steps.Select(step => -1 / (1 + Math.Exp((middle - step) / 10)))];
        double[] scores = Fall(200);
        Emergence found = Emergence.Of(steps, scores, 0, -1)!;
        Assert.Equal(15, found.Lead(steps, scores, Fall(185))!.Value, 2.0); // the shifts that are tried lie a step apart
        Assert.Equal(-10, found.Lead(steps, scores, Fall(210))!.Value, 2.0);
        Assert.Null(found.Lead(steps, scores, [.. steps.Select(step => Math.Sin(step * step))]));
    }

    private static TokenExperiment Small() => new()
    {
        Context = 16,
        Heads = 2,
        Width = 8,
        Batch = 4,
        Steps = 8,
        Record = Schedule.Every(2),
        Checkpoints = Schedule.Every(3),
    };

    private static TokenStudy Prepare(TokenExperiment experiment) => (TokenStudy)experiment.Prepare();

    private static Dictionary<string, double> Measure(TokenStudy study, float[] weights)
    {
        var row = new double[study.Measures.Columns.Count];
        study.Measures.Measure(weights, () => double.NaN, row);
        return study.Measures.Columns.Zip(row).ToDictionary(pair => pair.First.Name, pair => pair.Second, StringComparer.Ordinal);
    }
}
