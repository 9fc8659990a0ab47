namespace Staircase.Lab;

/// <summary>Writes weights that a run has kept for other programs, all checkpoints in one file.</summary>
public static class WeightsExport
{
    /// <summary>The checkpoints that are asked for.</summary>
    /// <param name="at">
    /// <c>plateaus</c>: the one in the middle of each plateau of the loss; <c>all</c>; <c>last</c>; or steps such as <c>0,1000</c>.
    /// </param>
    /// <exception cref="InputException">It is none of these, or there is no such checkpoint.</exception>
    public static IReadOnlyList<long> Steps(Run run, string at)
    {
        IReadOnlyList<long> kept = run.CheckpointSteps();
        Require(kept.Count > 0, $"{run.Name} has kept no checkpoints: train with ‹checkpoints› every:K.");
        return at switch
        {
            "all" => kept,
            "last" => [kept[^1]],
            "plateaus" => OnPlateaus(run, kept),
            _ => [.. at.Split(',').Select(text => Step(text, run, kept))],
        };
    }

    /// <summary>
    /// Writes them: <c>step</c>, <c>time</c> where there is one, of seeds <c>seed</c>, and each array of weights with a first axis over the
    /// checkpoints.
    /// </summary>
    /// <param name="kept">Runs of one experiment, each with a checkpoint of it; at least one.</param>
    /// <param name="withSeeds">Whether runs are told apart by their seed.</param>
    /// <param name="path">A name that ends in <c>.npz</c> or <c>.safetensors</c>.</param>
    /// <exception cref="InputException">It ends in something else, or a checkpoint cannot be read.</exception>
    public static void Write(IReadOnlyList<(Run Run, long Step)> kept, bool withSeeds, string path)
    {
        Run first = kept[0].Run;
        Action<string, IReadOnlyList<TensorToWrite>> write = Path.GetExtension(path) switch
        {
            ".npz" => NpzWriter.Write,
            ".safetensors" => (file, tensors) => SafetensorsWriter.Write(
                file, tensors, new Dictionary<string, string>
                {
                    ["kind"] = first.Study.Kind.Name,
                    ["run"] = first.Name,
                }),
            _ => throw new InputException($"weights are written as .npz or .safetensors, not as '{Path.GetFileName(path)}'."),
        };
        Snapshot[] snapshots = [.. kept.Select(one => one.Run.Store.ReadCheckpoint(one.Step))];
        write(path,
        [
            .. withSeeds ? [Whole("seed", one => (long)one.Run.Study.Experiment.Seed)] : (TensorToWrite[])[],
            Whole("step", one => one.Step),
            .. snapshots.All(snapshot => snapshot.Time is not null)
                ? [TensorToWrite.Create("time", [kept.Count], snapshots.Select(snapshot => snapshot.Time!.Value).ToArray())]
                : (TensorToWrite[])[],
            .. snapshots[0].Names.Select(name => Snapshot.Stacked(name, snapshots)),
        ]);

        TensorToWrite Whole(string name, Func<(Run Run, long Step), long> of) =>
            TensorToWrite.Create(name, [kept.Count], kept.Select(of).ToArray());
    }

    private static long[] OnPlateaus(Run run, IReadOnlyList<long> kept)
    {
        Trajectory rows = run.Trajectory;
        Require(rows.Count > 1, $"{run.Name}: too little was recorded to find plateaus in it.");
        long[] found =
        [
            .. PhaseDetector.Plateaus(rows.Positions, rows.Losses).Select(plateau => kept
                .Where(step => rows.Positions[rows.RowOf(step)] is var at && at >= plateau.Start && at <= plateau.End).ToArray())
                .Where(on => on.Length > 0).Select(on => on[on.Length / 2]),
        ];
        Require(found.Length > 0, $"{run.Name}: no checkpoint lies on a plateau of the loss; --at all writes those that were kept.");
        return found;
    }

    private static long Step(string text, Run run, IReadOnlyList<long> kept)
    {
        long step = ReadWhole(text)
            ?? throw new InputException($"--at must be plateaus, all, last or steps such as 0,1000; found '{text}'.");
        Require(
            kept.Contains(step),
            $"{run.Name} has kept no checkpoint of step {step}; the nearest is {kept.MinBy(other => Abs(other - step))}.");
        return step;
    }
}
