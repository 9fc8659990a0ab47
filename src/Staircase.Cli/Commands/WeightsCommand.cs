namespace Staircase.Cli;

/// <summary><c>staircase weights</c>: the weights of a run at its plateaus, or at any checkpoints, for other programs.</summary>
internal sealed class WeightsCommand : ICommand
{
    public Command Create()
    {
        var command = new Command(
            "weights",
            "Write weights that a run, or each of several seeds, has kept, at its plateaus or at any checkpoints, as npz or safetensors.");
        var run = command.Argument<string>("RUN", "a run folder, or one of seeds");
        var at = command.Option<string>(
            "--at", "plateaus|all|last|STEP,…", "plateaus (the middle of each), all, last, or steps", "plateaus");
        var output = command.Option<string?>("--out", "FILE.npz|FILE.safetensors", "the file (default: weights.npz in the run folder)");
        Option<bool> json = CommonOptions.ThreadsAndJson(command);
        command.SetAction(parsed => Write(parsed.GetValue(run)!, parsed.GetValue(at)!, parsed.GetValue(output), parsed.GetValue(json)));
        return command;
    }

    private static void Write(string folder, string at, string? output, bool json)
    {
        string path = output ?? Path.Combine(folder, "weights.npz");
        bool isEnsemble = EnsembleFolder.Exists(folder);
        (Run Run, long Step)[] kept =
        [
            .. CommonOptions.OpenRuns(folder).SelectMany(run => WeightsExport.Steps(run, at).Select(step => (run, step))),
        ];
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        WeightsExport.Write(kept, withSeeds: isEnsemble, path);
        double[] steps = [.. kept.Select(one => (double)one.Step)];
        if (json)
        {
            var written = Json.Of(("file", path), ("steps", steps));
            if (isEnsemble)
                written["seeds"] = Json.List(kept, one => JsonNode.Parse(one.Run.Record.Experiment["seed"]));
            Output.Json(written);
        }
        else if (isEnsemble)
        {
            Output.Line($"Weights of {kept.Length} checkpoints of {kept.DistinctBy(one => one.Run).Count()} seeds in {path}");
        }
        else
        {
            Output.Line($"Weights of {steps.Length} checkpoints in {path}: steps {string.Join(", ", steps)}");
        }
    }
}
