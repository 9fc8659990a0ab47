using System.Text.Json;
using MathNet.Numerics.LinearAlgebra;
using Staircase.Checkpoints;

namespace Staircase.Cli.Tests;

/// <summary><c>staircase analyze</c> on small series of known circuits.</summary>
[Collection(InProcess.Name)]
public sealed class AnalyzeTests
{
    /// <summary>Rounding of single precision in the files.</summary>
    private const double Single = 1e-5;

    [Fact]
    public void Rows_are_ordered_by_step_layer_and_head_and_measure_the_circuits()
    {
        using var folder = new TemporaryFolder();
        Llama(folder, steps: [10, 9, 100]);
        JsonElement[] rows = [.. InProcess.Run("analyze", folder.Path, "--heads", "2", "--json").Json.EnumerateArray()];
        Assert.Equal(3 * 2 * 2, rows.Length);
        Assert.Equal([9, 9, 9, 9, 10, 10, 10, 10, 100, 100, 100, 100], rows.Select(row => row.GetProperty("step").GetInt32()));
        Assert.Equal([0, 0, 1, 1], rows[..4].Select(row => row.GetProperty("layer").GetInt32()));
        Assert.Equal([0, 1, 0, 1], rows[..4].Select(row => row.GetProperty("head").GetInt32()));
        foreach (JsonElement row in rows)
        {
            // Head 0 has queries and keys along two axes of sizes 3·step and 1·step; head 1 along one.
            double step = row.GetProperty("step").GetDouble();
            bool first = row.GetProperty("head").GetInt32() == 0;
            double p = 0.75, two = Math.Exp(-(p * Math.Log(p)) - ((1 - p) * Math.Log(1 - p)));
            Near(first ? two : 1, row.GetProperty("qkEffectiveRank").GetDouble());
            Near(first ? 10.0 / 9 : 1, row.GetProperty("qkStableRank").GetDouble());
            Near(step * (first ? Math.Sqrt(10) : 3), row.GetProperty("qkNorm").GetDouble());
            Near(0, row.GetProperty("qkSubspaceDistance").GetDouble());
            Near(2, row.GetProperty("ovEffectiveRank").GetDouble());
            Near(first ? 1 : -1, row.GetProperty("ovEigenvaluePositivity").GetDouble());
            Assert.Equal(step == 9 ? JsonValueKind.Null : JsonValueKind.Number, row.GetProperty("ovOverlapWithPrevious").ValueKind);
        }
    }

    [Fact]
    public void The_audit_and_the_decisions_are_printed_before_the_table_and_files_are_written()
    {
        using var folder = new TemporaryFolder();
        Llama(folder, steps: [1, 2, 3]);
        File.Copy(folder["step3.safetensors"], folder["step4.safetensors"]);
        File.WriteAllText(folder["losses.csv"], "step,train_loss\n1,4\n4,1\n");
        string csv = folder["rows.csv"];
        string output =
            InProcess.Run("analyze", folder.Path, "--heads", "2", "--losses", folder["losses.csv"], "--csv", csv).Succeeded().Out;
        Assert.Contains("layout llama", output, StringComparison.Ordinal);
        Assert.Contains("2 heads of dimension 2: --heads", output, StringComparison.Ordinal);
        Assert.Contains("step 4 holds the same weights as step 3", output, StringComparison.Ordinal);
        Assert.True(output.IndexOf("Audit", StringComparison.Ordinal) < output.IndexOf("effective rank", StringComparison.Ordinal));
        string[] lines = File.ReadAllLines(csv);
        Assert.StartsWith("step,module,layer,head,qkEffectiveRank,", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(",train_loss", lines[0], StringComparison.Ordinal);
        Assert.Equal(1 + (4 * 4), lines.Length);
        Near(3, double.Parse(lines[5].Split(',')[^1])); // the loss at step 2, a third of the way from 4 to 1
    }

    [Fact]
    public void Layers_and_heads_are_measured_alone_and_losses_lie_in_the_same_figure()
    {
        using var folder = new TemporaryFolder();
        Llama(folder, steps: [1, 2, 3]);
        File.WriteAllText(folder["losses.csv"], "step,train_loss\n1,4\n4,1\n");
        string[] common = ["analyze", folder.Path, "--heads", "2"];
        JsonElement[] rows = [.. InProcess.Run([.. common, "--layer", "1", "--head", "0..0", "--json"]).Json.EnumerateArray()];
        Assert.Equal(
            [(1, 0), (1, 0), (1, 0)], rows.Select(row => (row.GetProperty("layer").GetInt32(), row.GetProperty("head").GetInt32())));
        InProcess.Run([.. common, "--layer", "2", "--json"]).IsRefused("no layer 2", "0 to 1");
        InProcess.Run([.. common, "--head", "5", "--json"]).IsRefused("no head 5", "0 to 1");
        InProcess.Run([.. common, "--head", "first"]).IsRefused("--head");
        string page = folder["page.html"];
        InProcess.Run([.. common, "--losses", folder["losses.csv"], "--layer", "1", "--out", page]).Succeeded();
        string html = File.ReadAllText(page);
        Assert.Contains("\"right\":{\"label\":\"train_loss\"", html, StringComparison.Ordinal);
        Assert.Contains("Layers 1 alone.", html, StringComparison.Ordinal);
        Assert.Contains($"--layer 1 --out {page}", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Our_own_runs_are_read_by_the_same_path()
    {
        using var folder = new TemporaryFolder();
        InProcess.Run("train", "--dim", "3", "--heads", "2", "--steps", "20", "--optimizer", "gd", "--learning-rate", "0.1", "--record",
            "every:10", "--out", folder["run"]).Succeeded(
            );
        JsonElement[] rows = [.. InProcess.Run("analyze", folder["run"], "--json").Json.EnumerateArray()];
        Assert.True(rows.Length >= 2);
        Assert.All(rows, row => Near(1, row.GetProperty("qkEffectiveRank").GetDouble())); // heads of rank 1
    }

    /// <summary>
    /// A run of merged attention with all blocks trained: QK = KQᵀ with its label row, OV the last row of V, against the matrices put
    /// together here and decomposed in full.
    /// </summary>
    [Fact]
    public void A_run_of_merged_attention_has_the_circuits_of_its_checkpoints()
    {
        const int D = 3, H = 2;
        using var folder = new TemporaryFolder();
        InProcess.Run("train", "--attention", "merged", "--dim", $"{D}", "--heads", $"{H}", "--init-scheme", "full", "--init", "0.3",
            "--seed", "5", "--steps", "40", "--optimizer", "gd", "--learning-rate", "0.05", "--record", "every:20", "--checkpoints",
            "every:20", "--out", folder["run"]).Succeeded(
            );
        JsonElement[] rows = [.. InProcess.Run("analyze", folder["run"], "--json").Json.EnumerateArray()];
        string[] files = [.. Directory.EnumerateFiles(Path.Combine(folder["run"], "checkpoints")).Order(StringComparer.Ordinal)];
        Assert.True(files.Length > 1);
        Assert.Equal(files.Length * H, rows.Length);
        for (int c = 0; c < files.Length; c++)
        {
            using SafetensorsFile file = SafetensorsFile.Open(files[c]);
            double[] value = file.ReadDouble("value"), input = file.ReadDouble("value_input"), kq = file.ReadDouble("key_query");
            double[] label = file.ReadDouble("key_query_label");
            Assert.Contains(label, entry => entry != 0); // else the label row could be lost unseen
            for (int h = 0; h < H; h++)
            {
                JsonElement row = rows[(c * H) + h];
                Assert.Equal((0, h), (row.GetProperty("layer").GetInt32(), row.GetProperty("head").GetInt32()));
                Matrix<double> qk = Matrix<double>.Build
                    .Dense(D + 1, D + 1, (i, j) => j == D ? 0 : i == D ? label[(h * D) + j] : kq[(((h * D) + i) * D) + j]).Transpose();
                double[] σ = [.. qk.Svd().S];
                double entropy = σ.Where(x => x > 0).Sum(x => -x / σ.Sum() * Math.Log(x / σ.Sum()));
                Exactly(Math.Exp(entropy), row.GetProperty("qkEffectiveRank").GetDouble());
                Exactly(σ[0], row.GetProperty("qkLargestSingularValue").GetDouble());
                Exactly(σ.Sum(x => x * x) / (σ[0] * σ[0]), row.GetProperty("qkStableRank").GetDouble());
                Exactly(
                    Math.Sqrt(input.Skip(h * D).Take(D).Sum(x => x * x) + (value[h] * value[h])), row.GetProperty("ovNorm").GetDouble());
                Exactly(1, row.GetProperty("ovEffectiveRank").GetDouble());

                // The one eigenvalue of (0 … 1)ᵀ(input, value).
                Exactly(Math.Sign(value[h]), row.GetProperty("ovEigenvaluePositivity").GetDouble());
            }
        }

        static void Exactly(double expected, double actual) =>
            Assert.True(Math.Abs(actual - expected) <= 1e-12 * Math.Max(1, Math.Abs(expected)), $"{actual:R} instead of {expected:R}");
    }

    /// <summary>Above two dozen heads curves are of layers' means, and a layer's heads are picked.</summary>
    [Fact]
    public void Many_heads_are_shown_by_layer_and_each_can_be_picked()
    {
        const int Layers = 3, Heads = 12;
        using var folder = new TemporaryFolder();
        foreach (int step in new[] { 1, 2 })
        {
            SafetensorsWriter.Write(
                folder[$"step{step}.safetensors"], [.. Enumerable.Range(0, Layers).SelectMany(layer => Gpt2Layer(layer, Heads, step))
                    .Select(tensor => TensorToWrite.Create(tensor.Name, tensor.Shape, tensor.Values))]);
        }

        var analysis = Lab.CheckpointAnalysis.Run(
            new() { Paths = [folder.Path], Storage = new(Heads: Heads) }, cancellation: TestContext.Current.CancellationToken);
        Lab.Plot plot = Assert.Single(Lab.AnalysisReport.Of(analysis).Sections).Plots.Single(p => p.Id == "qk-rank");
        Assert.Equal(
            ["layers", "layer 0", "layer 1", "layer 2"], plot.Series.Select(series => series.Group).Distinct(StringComparer.Ordinal),
            StringComparer.Ordinal);
        Lab.Series[] heads = [.. plot.Series.Where(series => string.Equals(series.Group, "layer 1", StringComparison.Ordinal))];
        Assert.Equal(Heads, heads.Length);
        double[] mean = plot.Series.Single(series => string.Equals(series.Name, "layer 1, mean", StringComparison.Ordinal)).Y;
        for (int c = 0; c < 2; c++)
            Near(heads.Average(series => series.Y[c]), mean[c]);
        Assert.Equal(
            analysis.Rows.Single(row => row.Step == 2 && row.Layer == 1 && row.Head == 7).QK![Lab.CircuitMeasure.EffectiveRank],
            heads[7].Y[1]);
        string[] lines = InProcess.Run("analyze", folder.Path, "--heads", $"{Heads}").Succeeded().Out.Split('\n');
        string line = Assert.Single(lines, text => text.StartsWith("2    1 ", StringComparison.Ordinal));
        Assert.Contains($"mean of {Heads}", line, StringComparison.Ordinal);
        Assert.Contains(mean[1].ToString("G4"), line, StringComparison.Ordinal);
    }

    [Fact]
    public void Plain_matrices_are_taken_by_name()
    {
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(
            folder["step1.safetensors"],
            [TensorToWrite.Create("mlp.w", [2, 3], new double[] { 2, 0, 0, 0, 1, 0 }),
                TensorToWrite.Create("bias", [2], new double[] { 1, 2 })]);
        JsonElement row = Assert.Single(InProcess.Run("analyze", folder.Path, "--tensors", "mlp", "--json").Json.EnumerateArray());
        Assert.Equal("mlp.w", row.GetProperty("tensor").GetString());
        Near(1.25, row.GetProperty("stableRank").GetDouble());
        Near(Math.Sqrt(5), row.GetProperty("norm").GetDouble());
    }

    [Fact]
    public void A_late_transition_of_a_long_series_is_dated()
    {
        using var folder = new TemporaryFolder();
        for (int step = 0; step < 60; step++)
        {
            double second = (step < 30 ? 0.01 : 1) + (0.002 * Math.Sin(7 * step));
            SafetensorsWriter.Write(folder[$"step{step * 10}.safetensors"], [TensorToWrite.Create("w", [2, 2], new[] { 1, 0, 0, second })]);
        }

        string output = InProcess.Run("analyze", folder.Path, "--tensors", "w").Succeeded().Out;
        Assert.Contains("295", output, StringComparison.Ordinal); // half-way between steps 290 and 300
    }

    [Fact]
    public void A_report_is_written_where_there_is_a_page()
    {
        Assert.SkipUnless(Lab.ReportFile.IsAvailable, "built without Node");
        using var folder = new TemporaryFolder();
        Llama(folder, steps: [1, 2, 3]);
        InProcess.Run("analyze", folder.Path, "--heads", "2", "--out", folder["report.html"]).Succeeded();
        string html = File.ReadAllText(folder["report.html"]);
        Assert.Contains("effective rank of QK", html, StringComparison.Ordinal);
        Assert.Contains("no repeated or stale checkpoint", html, StringComparison.Ordinal);
    }

    /// <summary>Two attentions with the same numbers of layers and heads: told apart in JSON, CSV, table, transitions and report.</summary>
    [Fact]
    public void Modules_are_part_of_a_heads_identity()
    {
        using var folder = new TemporaryFolder();
        for (int step = 0; step < 60; step++)
        {
            SafetensorsWriter.Write(folder[$"step{step}.safetensors"], [
                .. Gpt2Layer(0, 2, step: 7).Select(tensor => Prefixed("encoder.", tensor)),
                .. Gpt2Layer(0, 2, step: step < 30 ? 8 : 9, scale: step < 30 ? 1 : 9).Select(tensor => Prefixed("decoder.", tensor)),
            ]);
        }

        string csv = folder["rows.csv"];
        JsonElement[] rows = [.. InProcess.Run("analyze", folder.Path, "--heads", "2", "--json", "--csv", csv).Json.EnumerateArray()];
        Assert.Equal(60 * 4, rows.Length);
        Assert.Equal(60 * 4, rows.Select(row => (row.GetProperty("step").GetInt32(), row.GetProperty("module").GetString(),
            row.GetProperty("layer").GetInt32(), row.GetProperty("head").GetInt32())).Distinct().Count());
        Assert.Equal(
            "decoder decoder encoder encoder", string.Join(' ', rows[..4].Select(row => row.GetProperty("module").GetString())));
        Assert.StartsWith("0,decoder,0,0,", File.ReadAllLines(csv)[1], StringComparison.Ordinal);
        string output = InProcess.Run("analyze", folder.Path, "--heads", "encoder=2,decoder=2").Succeeded().Out;
        Assert.Contains("decoder layer 0 head 1", output, StringComparison.Ordinal);
        Assert.DoesNotContain("encoder layer 0 head 1", output, StringComparison.Ordinal); // it stands still, so that it has no transition
        var analysis = Lab.CheckpointAnalysis.Run(
            new() { Paths = [folder.Path], Storage = new(Heads: 2) }, cancellation: TestContext.Current.CancellationToken);
        Lab.Plot plot = Assert.Single(Lab.AnalysisReport.Of(analysis).Sections).Plots.Single(p => p.Id == "qk-rank");
        Assert.Equal(
            "decoder layer 0 head 0, decoder layer 0 head 1, encoder layer 0 head 0, encoder layer 0 head 1, transitions",
            string.Join(", ", plot.Series.Select(series => series.Name)));

        static TensorToWrite Prefixed(string prefix, (string Name, long[] Shape, float[] Values) tensor) =>
            TensorToWrite.Create(prefix + tensor.Name, tensor.Shape, tensor.Values);
    }

    [Fact]
    public void Layouts_are_listed_printed_and_given_as_text()
    {
        using var folder = new TemporaryFolder();
        Llama(folder, steps: [1, 2]);
        Assert.Contains("nanogpt", InProcess.Run("layouts").Succeeded().Out, StringComparison.Ordinal);
        InProcess.Run("layouts", "lama").IsRefused("llama");
        string text = InProcess.Run("layouts", "llama").Succeeded().Out;
        Assert.Contains("q_proj.weight [(n h) d]", text, StringComparison.Ordinal);
        File.WriteAllText(folder["own.txt"], text);
        string builtIn = InProcess.Run("analyze", folder.Path, "--heads", "2", "--json").Succeeded().Out;
        Assert.Equal(
            builtIn, InProcess.Run("analyze", folder.Path, "--heads", "2", "--json", "--layout", folder["own.txt"]).Succeeded().Out);
        InProcess.Run("analyze", folder.Path, "--heads", "2", "--layout", "q: a [(n h) d]").IsRefused("k is missing");
        InProcess.Run("analyze", folder.Path, "--heads", "two").IsRefused("MODULE=N");
    }

    [Fact]
    public void Bad_input_is_one_line_and_exit_code_2()
    {
        using var folder = new TemporaryFolder();
        Llama(folder, steps: [1, 2]);
        string path = folder.Path;
        InProcess.Run("analyze").IsRefused("PATH");
        InProcess.Run("analyze", folder["none"]).IsRefused("no file or folder");
        InProcess.Run("analyze", path).IsRefused("--heads");
        InProcess.Run("analyze", path, "--heads", "3").IsRefused("do not divide");
        InProcess.Run("analyze", path, "--heads", "0").IsRefused("--heads");
        InProcess.Run("analyze", path, "--layout", "lama").IsRefused("did you mean 'llama'");
        InProcess.Run("analyze", path, "--layout", "gpt2", "--heads", "2").IsRefused("no tensors of layout gpt2");
        InProcess.Run("analyze", path, "--pattern", "step").IsRefused("one group");
        InProcess.Run("analyze", path, "--pattern", "(").IsRefused("regular expression");
        InProcess.Run("analyze", path, "--steps", "5").IsRefused("FROM..TO");
        InProcess.Run("analyze", path, "--steps", "5..9", "--heads", "2").IsRefused("of steps 5 to 9");
        InProcess.Run("analyze", path, "--every", "0").IsRefused("--every");
        InProcess.Run("analyze", path, "--tensors", "nothing").IsRefused("no matrix");
        InProcess.Run("analyze", path, "--heads", "2", "--losses", folder["none.csv"]).IsRefused("none.csv");
        InProcess.Run("analyze", path, "--head", "2").IsRefused("--heads");
        byte[] bytes = File.ReadAllBytes(folder["step2.safetensors"]);
        File.WriteAllBytes(folder["step2.safetensors"], bytes[..^5]);
        InProcess.Run("analyze", path, "--heads", "2").IsRefused("step2.safetensors", "offset");
        File.WriteAllBytes(folder["step2.safetensors"], []);
        InProcess.Run("analyze", path, "--heads", "2").IsRefused("step2.safetensors");
    }

    /// <summary>Two layers of two heads of dimension 2 in a model of dimension 4, and one of the two key/value heads each.</summary>
    private static void Llama(TemporaryFolder folder, int[] steps)
    {
        foreach (int step in steps)
        {
            var tensors = new List<TensorToWrite>();
            for (int layer = 0; layer < 2; layer++)
            {
                string p = $"model.layers.{layer}.self_attn.";
                tensors.Add(Matrix(p + "q_proj.weight", 4, 4, (0, 0, 3), (1, 1, 1), (2, 2, 3)));
                tensors.Add(Matrix(p + "k_proj.weight", 4, 4, (0, 0, step), (1, 1, step), (2, 2, step)));
                tensors.Add(Matrix(p + "v_proj.weight", 4, 4, (0, 0, 1), (1, 1, 1), (2, 2, 1), (3, 3, 1)));
                tensors.Add(Matrix(p + "o_proj.weight", 4, 4, (0, 0, step), (1, 1, step), (2, 2, -step), (3, 3, -step)));
            }

            SafetensorsWriter.Write(folder[$"step{step}.safetensors"], tensors);
        }
    }

    /// <summary>Heads of dimension 2, of ranks that differ.</summary>
    private static (string Name, long[] Shape, float[] Values)[] Gpt2Layer(int layer, int heads, int step, float scale = 1)
    {
        int d = 2 * heads;
        var random = new Random(layer + (100 * step));
        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => scale * (random.NextSingle() - 0.5f))];
        return [($"h.{layer}.attn.c_attn.weight", [d, 3 * d], Numbers(3 * d * d)),
            ($"h.{layer}.attn.c_proj.weight", [d, d], Numbers(d * d))];
    }

    private static TensorToWrite Matrix(string name, int rows, int columns, params (int Row, int Column, float Value)[] entries)
    {
        float[] values = new float[rows * columns];
        foreach ((int row, int column, float value) in entries)
            values[(row * columns) + column] = value;
        return TensorToWrite.Create(name, [rows, columns], values);
    }

    private static void Near(double expected, double actual) =>
        Assert.True(Math.Abs(actual - expected) <= Single * Math.Max(1, Math.Abs(expected)), $"{actual:R} instead of {expected:R}");
}
