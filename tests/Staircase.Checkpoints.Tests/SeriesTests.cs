namespace Staircase.Checkpoints.Tests;

/// <summary>Series found in folders, and their audit.</summary>
public sealed class SeriesTests
{
    [Theory]
    [InlineData(null, "step9.safetensors", "step10.safetensors", "step100.safetensors")]
    [InlineData(null, "model_9.safetensors", "model_10.safetensors", "model_100.safetensors")]
    [InlineData(null, "9.safetensors", "10.safetensors", "100.safetensors")]
    [InlineData(@"a(\d+)_of", "a9_of_500.safetensors", "a10_of_500.safetensors", "a100_of_500.safetensors")]
    [InlineData(null, "checkpoint-9/model.safetensors", "checkpoint-10/model.safetensors", "checkpoint-100/model.safetensors")]
    public void Steps_are_numbers_in_order(string? pattern, string a, string b, string c)
    {
        using var folder = new TemporaryFolder();
        foreach ((string name, double value) in new[] { (b, 10.0), (c, 100), (a, 9) })
            Write(folder, name, value);
        using CheckpointSeries series = CheckpointSeries.Open([folder[""]], new(pattern));
        Assert.Equal([9, 10, 100], series.Checkpoints.Select(checkpoint => checkpoint.Step));
        foreach (CheckpointReference checkpoint in series.Checkpoints)
        {
            using ITensorSource source = series.Open(checkpoint);
            Assert.Equal(checkpoint.Step, source.ReadDouble("w")[0]);
        }
    }

    [Fact]
    public void Ranges_every_nth_init_final_and_optimizers_are_understood()
    {
        using var folder = new TemporaryFolder();
        foreach (int step in new[] { 1, 2, 4, 8 })
            Write(folder, $"{step}.safetensors", step);
        Write(folder, "init.safetensors", 0);
        Write(folder, "final.safetensors", 9);
        Write(folder, "optimizer.pt", 3);
        using (CheckpointSeries all = CheckpointSeries.Open([folder[""]], new()))
        {
            Assert.Equal([0, 1, 2, 4, 8, 9], all.Checkpoints.Select(c => c.Step));
            Assert.Contains("optimizer", Assert.Single(all.Skipped).Reason, StringComparison.Ordinal);
        }

        using CheckpointSeries some = CheckpointSeries.Open([folder[""]], new(null, 1, 8, 2));
        Assert.Equal([1, 4], some.Checkpoints.Select(c => c.Step));
    }

    [Theory]
    [InlineData("step", "one group")]
    [InlineData("(", "no regular expression")]
    [InlineData(@"none(\d+)", "no checkpoint")]
    public void A_pattern_that_finds_nothing_says_so(string pattern, string message)
    {
        using var folder = new TemporaryFolder();
        Write(folder, "step1.safetensors", 1);
        Write(folder, "step2.safetensors", 1);
        Assert.Contains(
            message, Assert.Throws<ArgumentException>(() => CheckpointSeries.Open([folder[""]], new(pattern))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Two_checkpoints_of_a_step_are_refused()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "a-step1.safetensors", 1);
        Write(folder, "b-step1.safetensors", 1);
        Assert.Contains(
            "step 1", Assert.Throws<ArgumentException>(() => CheckpointSeries.Open([folder[""]], new())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_are_read_through_their_index_and_a_bad_index_is_refused()
    {
        using var folder = new TemporaryFolder();
        Write(folder, "one.safetensors", 1, "a");
        Write(folder, "two.safetensors", 2, "b");
        string index = folder["model.safetensors.index.json"];
        File.WriteAllText(index, """{"metadata":{"total_size":64},"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}""");
        using (ITensorSource source = CheckpointFile.Open(index))
        {
            Assert.Equal(["a", "b"], source.Tensors.Select(t => t.Name), StringComparer.Ordinal);
            Assert.Equal(2, source.ReadDouble("b")[0]);
            Assert.EndsWith("two.safetensors", source.FileOf("b"), StringComparison.Ordinal);
        }

        foreach ((string json, string message) in new[]
        {
            ("""{"weight_map":{"a":"../one.safetensors"}}""", "plain name"), ("""{"weight_map":{"a":"/one.safetensors"}}""", "plain name"),
            ("""{"weight_map":{"a":"x/one.safetensors"}}""", "plain name"),
            ("""{"weight_map":{"a":"three.safetensors"}}""", "missing"), ("""{"weight_map":{"c":"one.safetensors"}}""", "does not hold"),
            ("""{"weight_map":{}}""", "without weight_map"), ("""{"a":""", "does not parse"),
            ("""{"weight_map":{"a":"one.safetensors","a":"two.safetensors"}}""", "second time"), ("[]", "StartObject"),
            ("""{"weight_map":{"a":1}}""", "String"), ("""{"weight_map":{"a":"\ud800"}}""", "does not parse"),
        })
        {
            File.WriteAllText(index, json);
            Assert.Contains(
                message, Assert.Throws<CheckpointFormatException>(() => CheckpointFile.Open(index)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_audit_finds_what_is_wrong_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        var findings = new Dictionary<long, AuditKind[]>();
        var audit = new CheckpointAudit();
        for (int step = 0; step < 12; step++)
        {
            // Moves a little; step 5 repeats step 2, b is stale at 7, c changes its shape at 8, a has a NaN at 9, everything jumps at 10.
            double time = step == 5 ? 2 : step, size = step >= 10 ? 30 : 1;
            double[] a = [size * (1 + (0.01 * time)), size * 2], b = [size * (3 + (0.01 * (step is 7 ? 6 : time)))];
            double[] c = new double[step >= 8 ? 2 : 1], constant = [1];
            Array.Fill(c, size * (5 + (0.01 * time)));
            a[1] = step == 9 ? double.NaN : a[1];
            string path = folder[$"{step}.safetensors"];
            SafetensorsWriter.Write(
                path,
                [TensorToWrite.Create("a", [2], a), TensorToWrite.Create("b", [1], b), TensorToWrite.Create("c", [c.Length], c),
                    TensorToWrite.Create("mask", [1], constant)]);
            using ITensorSource source = CheckpointFile.Open(path);
            audit.Add(new(step, path), source, TestContext.Current.CancellationToken);
        }

        Assert.Equal(
            [(5L, AuditKind.Repeated), (7, AuditKind.Stale), (8, AuditKind.Changed), (9, AuditKind.NotFinite), (10, AuditKind.Jump)],
            audit.Findings().Where(f => f.Step != 8 || f.Kind != AuditKind.Jump).Select(f => (f.Step, f.Kind)));
        Assert.Contains("same weights as step 2", audit.Findings()[0].Text, StringComparison.Ordinal);
    }

    private static void Write(TemporaryFolder folder, string name, double value, string tensor = "w")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
        SafetensorsWriter.Write(folder[name], [TensorToWrite.Create(tensor, [2, 2], new[] { value, 1, 2, 3 })]);
    }
}
