namespace Staircase.Checkpoints.Tests;

/// <summary>Where steps come from: the files, names by convention, or nowhere, which is a question.</summary>
public sealed class StepSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("step1000-tokens4B", 1000)]
    [InlineData("stage1-step250-tokens1B", 250)]
    [InlineData("global_step500", 500)]
    [InlineData("seed_3-step_20k", 20_000)]
    [InlineData("step-00001000", 1000)]
    [InlineData("epoch=3-step=399-v1", 399)]
    [InlineData("adapter_20k_steps", 20_000)]
    [InlineData("iter_0001000", 1000)]
    [InlineData("checkpoint-90", 90)]
    [InlineData("ckpt_4000", 4000)]
    [InlineData("checkpoint_2_500", 500)]
    [InlineData("000123", 123)]
    [InlineData("step=3M", 3_000_000)]
    public void Names_say_steps_by_conventions(string name, long step) => Assert.Equal(step, StepNames.Step(name)?.Step);

    [Theory]
    [InlineData("epoch=0-val_loss=2.31", 0)]
    [InlineData("ckpt_db6e558_ep00002_loss9.2281_lr0.001", 2)]
    [InlineData("epoch_12", 12)]
    public void Names_say_epochs(string name, long epoch)
    {
        Assert.Null(StepNames.Step(name));
        Assert.Equal(epoch, StepNames.EpochOf(name)?.Step);
    }

    [Theory]
    [InlineData("val_loss=2.31")]
    [InlineData("3c9be1f03c9be1f0")]
    [InlineData("gpt2-124M-seed7")]
    [InlineData("run-7")]
    [InlineData("tokens4B")]
    [InlineData("model-v1")]
    [InlineData("version_3")]
    [InlineData("20240115")]
    [InlineData("model-00001-of-00002")]
    [InlineData("step1.5")]
    [InlineData("acc_97")]
    public void What_is_no_step_is_none(string name)
    {
        Assert.Null(StepNames.Step(name));
        Assert.Null(StepNames.EpochOf(name));
        Assert.Null(StepNames.OneNumber(name));
    }

    [Theory]
    [InlineData("global_step", "'global_step' in the files")]
    [InlineData("iter_num", "'iter_num' in the files")]
    [InlineData("global_steps", "'global_steps' in the files")]
    [InlineData("epoch", "'epoch' in the files")]
    public void A_files_own_step_comes_before_a_number_in_its_name(string key, string from)
    {
        foreach (int i in (int[])[7, 31, 95])
            Torch($"m{i}.pt", i, (key, 1000 - i));
        using CheckpointSeries series = Open();
        Assert.Equal([905L, 969, 993], series.Checkpoints.Select(c => c.Step));
        Assert.Equal([$"steps from {from}"], series.StepsFrom, StringComparer.Ordinal);
        using ITensorSource first = series.Open(series.Checkpoints[0]);
        Assert.Equal(95, first.ReadDouble("w")[0]);
    }

    [Fact]
    public void A_convention_in_the_name_comes_before_an_epoch_in_the_file_and_a_step_in_the_file_before_both()
    {
        Torch("step_10.pt", 1, ("epoch", 5));
        Torch("step_20.pt", 1, ("epoch", 6));
        Assert.Equal([10L, 20], Steps());
        Torch("step_10.pt", 1, ("step", 11));
        Torch("step_20.pt", 1, ("step", 21));
        using CheckpointSeries series = Open();
        Assert.Equal([11L, 21], series.Checkpoints.Select(c => c.Step));
        Assert.Contains(series.StepsFrom, note => note.Contains("the names say other numbers", StringComparison.Ordinal));
    }

    [Fact]
    public void A_step_that_one_file_says_against_its_name_is_a_question()
    {
        Plain("step10.safetensors");
        Plain("step20.safetensors");
        Torch("step30.pt", 1, ("step", 3000));
        Assert.Contains("3000", Asked("--pattern"), StringComparison.Ordinal);
        Torch("step30.pt", 1, ("step", 30));
        Assert.Equal([10L, 20, 30], Steps());
    }

    [Theory]
    [InlineData("a.safetensors", "b.safetensors")]
    [InlineData("run1-3.safetensors", "other-4.safetensors")]
    [InlineData("3c9be1f03c9be1f0.safetensors", "97d1aa0497d1aa04.safetensors")]
    [InlineData("val_loss=2.31.safetensors", "val_loss=1.07.safetensors")]
    [InlineData("20240115.safetensors", "20240116.safetensors")]
    public void Where_no_step_is_said_it_asks(string a, string b)
    {
        Plain(a);
        Plain(b);
        Asked("--pattern");
    }

    [Fact]
    public void Seeds_are_not_mixed()
    {
        Plain("seed0/step10.safetensors");
        Plain("seed1/step20.safetensors");
        string[] paths = [_folder["seed0"], _folder["seed1"]];
        Assert.Contains(
            "several runs", Assert.Throws<ArgumentException>(() => CheckpointSeries.Open(paths, new())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_sees_names_first_and_then_the_path()
    {
        Plain("1e3_of_9/weights.safetensors");
        Plain("2e3_of_9/weights.safetensors");
        using CheckpointSeries series = CheckpointSeries.Open([_folder[""]], new(@"(\d)e3_of_9/w"));
        Assert.Equal([1L, 2], series.Checkpoints.Select(c => c.Step));
    }

    [Fact]
    public void A_final_model_beside_its_checkpoints_belongs_to_the_series()
    {
        foreach (int step in (int[])[10, 20, 30])
            Plain($"run/checkpoint-{step}/model.safetensors", step);
        Plain("run/model.safetensors", 99);
        File.WriteAllText(_folder["run/config.json"], "{}");
        using (CheckpointSeries series = CheckpointSeries.Open([_folder["run"]], new()))
        {
            Assert.Equal([10L, 20, 30, 31], series.Checkpoints.Select(c => c.Step));
            Assert.Contains(series.StepsFrom, note => note.Contains("placed last", StringComparison.Ordinal));
        }

        // The trainer's own word for it, which repeats that of the last checkpoint, and then one of its own.
        File.WriteAllText(_folder["run/trainer_state.json"], """{"global_step": 30}""");
        Assert.Equal([10L, 20, 30, 31], Steps("run"));
        foreach (int step in (int[])[10, 20, 30])
            File.WriteAllText(
                _folder[$"run/checkpoint-{step}/trainer_state.json"], $$"""{"log_history": [{"step": 1}], "global_step": {{step}}}""");
        File.WriteAllText(_folder["run/trainer_state.json"], """{"global_step": 35}""");
        Assert.Equal([10L, 20, 30, 35], Steps("run"));
    }

    [Fact]
    public void A_numbered_folder_alone_is_a_checkpoint_and_a_runs_own_number_is_no_step()
    {
        Plain("gpt2-124M-seed7/ckpt_4000.safetensors");
        File.WriteAllText(_folder["gpt2-124M-seed7/config.json"], "{}");
        Assert.Equal([4000L], Steps("gpt2-124M-seed7"));
        Plain("tiny-v3/model.safetensors");
        using CheckpointSeries series = CheckpointSeries.Open([_folder["tiny-v3"]], new());
        Assert.Equal(0, Assert.Single(series.Checkpoints).Step);
        Assert.Contains("stands as step 0", Assert.Single(series.StepsFrom), StringComparison.Ordinal);
    }

    [Fact]
    public void The_cache_of_a_hub_is_read_by_its_refs()
    {
        string cache = _folder["models--a--b"];
        foreach ((int i, string commit) in ((string[])["0f3c9be1", "97d1aa04", "5b62e8c3"]).Index())
        {
            Plain($"models--a--b/blobs/{i}", i);
            Directory.CreateDirectory($"{cache}/snapshots/{commit}");
            File.CreateSymbolicLink($"{cache}/snapshots/{commit}/model.safetensors", $"../../blobs/{i}");
            Directory.CreateDirectory($"{cache}/refs");
            File.WriteAllText($"{cache}/refs/step{1000 * (3 - i)}", commit);
        }

        File.WriteAllText($"{cache}/refs/main", new string('a', 39) + "1"); // that of step 3000
        using (CheckpointSeries series = CheckpointSeries.Open([cache], new()))
        {
            Assert.Equal([1000L, 2000, 3000], series.Checkpoints.Select(c => c.Step));
            using ITensorSource last = series.Open(series.Checkpoints[^1]);
            Assert.Equal(0, last.ReadDouble("w")[0]);
        }

        string message = Assert.Throws<ArgumentException>(() => CheckpointSeries.Open([$"{cache}/snapshots"], new())).Message;
        Assert.Contains("refs", message, StringComparison.Ordinal);
        Assert.Contains(cache, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_without_ending_and_of_several_endings_are_recognized()
    {
        Torch("waveglow_1000", 1);
        Torch("waveglow_2000", 2);
        File.WriteAllText(_folder["notes"], "no checkpoint at all");
        File.WriteAllText(_folder["empty"], "");
        Assert.Equal([1000L, 2000], Steps());
        Torch("other/ep_1.pth.tar", 1);
        Torch("other/ep_2.pth.tar", 2);
        Assert.Equal([1L, 2], Steps("other"));
    }

    [Fact]
    public void The_folders_of_DeepSpeed_and_Megatron_are_read_where_one_rank_has_the_model()
    {
        foreach (int step in (int[])[500, 1000])
        {
            Torch($"zero2/global_step{step}/mp_rank_00_model_states.pt", step, ("global_steps", step));
            Torch($"zero2/global_step{step}/zero_pp_rank_0_mp_rank_00_optim_states.pt", step);
            Torch($"megatron/iter_{step:0000000}/mp_rank_00/model_optim_rng.pt", step);
        }

        Assert.Equal([500L, 1000], Steps("zero2"));
        Assert.Equal([500L, 1000], Steps("megatron"));
        Torch("zero3/global_step5/zero_pp_rank_0_mp_rank_00_model_states.pt", 1);
        Assert.Contains("ZeRO-3", Asked("zero_to_fp32.py", "zero3"), StringComparison.Ordinal);
        Torch("parallel/global_step5/mp_rank_00_model_states.pt", 1);
        Torch("parallel/global_step5/mp_rank_01_model_states.pt", 1);
        Asked("2 parts", "parallel");
    }

    [Fact]
    public void Distributed_checkpoints_and_shards_without_index_are_refused_by_name()
    {
        Directory.CreateDirectory(_folder["dcp/step-10"]);
        _folder.Write("dcp/step-10/__0_0.distcp", [1, 2, 3]);
        _folder.Write("dcp/step-10/.metadata", [1]);
        Assert.Contains("step-10", Asked("dcp_to_torch", "dcp"), StringComparison.Ordinal);
        Plain("shards/model-00001-of-00002.safetensors");
        Plain("shards/model-00002-of-00002.safetensors");
        Asked("index", "shards");
    }

    [Fact]
    public void Shards_of_torch_are_read_through_their_index()
    {
        foreach (int step in (int[])[1000, 2000])
        {
            Directory.CreateDirectory(_folder[$"step{step}"]);
            for (int shard = 1; shard <= 2; shard++)
            {
                _folder.Write(
                    $"step{step}/pytorch_model-0000{shard}-of-00002.bin",
                    Pickles.File(Pickles.Dict(($"w{shard}", new float[,] { { step + shard, 0 } }))));
            }

            File.WriteAllText(
                _folder[$"step{step}/pytorch_model.bin.index.json"],
                """
                {"metadata": {"total_size": 16},
                 "weight_map": {"w1": "pytorch_model-00001-of-00002.bin", "w2": "pytorch_model-00002-of-00002.bin"}}
                """);
        }

        using CheckpointSeries series = Open();
        Assert.Equal([1000L, 2000], series.Checkpoints.Select(c => c.Step));
        using ITensorSource source = series.Open(series.Checkpoints[1]);
        Assert.Equal(2001, source.ReadDouble("w1")[0]);
        Assert.Equal(2002, source.ReadDouble("w2")[0]);
    }

    [Fact]
    public void An_index_that_names_an_index_is_refused()
    {
        string path = _folder.Write("a.index.json", """{"weight_map": {"w": "a.index.json"}}"""u8.ToArray());
        Assert.Contains(
            "plain name", Assert.Throws<CheckpointFormatException>(() => CheckpointFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_backup_of_a_step_is_a_question_that_names_both()
    {
        Torch("model_000100.pt", 1, ("step", 100));
        Torch("model_000200.pt", 1, ("step", 200));
        Torch("model_000200_backup.pt", 1, ("step", 200));
        string message = Asked("model_000200_backup.pt");
        string pattern = message.Split("--pattern '")[1].Split('\'')[0];
        using CheckpointSeries series = CheckpointSeries.Open([_folder[""]], new(pattern));
        Assert.Equal([100L, 200], series.Checkpoints.Select(c => c.Step));
    }

    private CheckpointSeries Open(string folder = "") => CheckpointSeries.Open([_folder[folder]], new());

    private long[] Steps(string folder = "")
    {
        using CheckpointSeries series = Open(folder);
        return [.. series.Checkpoints.Select(c => c.Step)];
    }

    private string Asked(string part, string folder = "")
    {
        string message = Assert.Throws<ArgumentException>(() => Open(folder)).Message;
        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        return message;
    }

    private void Plain(string name, double value = 1)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        SafetensorsWriter.Write(_folder[name], [TensorToWrite.Create("w", [2, 2], new[] { value, 1, 2, 3 })]);
    }

    private void Torch(string name, float value, params (string, object)[] beside)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        var model = Pickles.Dict(("w", new float[,] { { value, 1 }, { 2, 3 } }));
        _folder.Write(name, Pickles.File(Pickles.Dict([("model", model), .. beside])));
    }
}
