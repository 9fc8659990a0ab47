using System.Globalization;
using Staircase.Kernels;
using Staircase.Transformers;
using static Staircase.Lab.NumberText;

namespace Staircase.Lab;

/// <summary>A training on a binary operation with everything that is measured of it: for a comparison, a report and a figure.</summary>
/// <param name="Study">What was trained.</param>
/// <param name="Points">What was recorded: test loss, train and test accuracy, squared norm.</param>
/// <param name="Checkpoints">What was measured at the checkpoints.</param>
internal sealed record ModularHistory(ModularStudy Study, IReadOnlyList<TrajectoryPoint> Points, IReadOnlyList<ModularCheckpoint> Checkpoints)
{
    /// <summary>Checkpoints that the slider shows.</summary>
    private const int ShownCheckpoints = 24;

    /// <summary>An accuracy that counts as knowing.</summary>
    public const double Known = 0.99;

    private readonly Lazy<ModularPhases> _phases = new(() => ModularPhases.Of(Points, Checkpoints));

    /// <summary>Where it changes.</summary>
    public ModularPhases Phases => _phases.Value;

    /// <summary>The first recorded step from which on train accuracy is above 99 %; null if it is not in the end.</summary>
    public long? MemorizedAt => From(1);

    /// <summary>The same of test accuracy.</summary>
    public long? GrokkedAt => From(2);

    /// <summary>The test accuracy when the training pairs are first known; NaN if they never are.</summary>
    public double TestAccuracyWhenMemorized => Points.FirstOrDefault(p => p.Strengths[1] > Known)?.Strengths[2] ?? double.NaN;

    /// <summary>The key frequencies in the end.</summary>
    public IReadOnlyList<int> KeyFrequencies => Checkpoints.Count > 0 ? Checkpoints[^1].Spectrum?.KeyFrequencies ?? [] : [];

    /// <summary>Reads a run.</summary>
    /// <exception cref="InputException">A file is missing or broken.</exception>
    public static ModularHistory Read(ModularStudy study, RunFolder folder)
    {
        IReadOnlyList<TrajectoryPoint> points = MetricsTable.Read(folder, study.Columns.Count);
        if (points.Count == 0)
            throw new InputException($"{folder.MetricsPath}: nothing was recorded yet.");
        var checkpoints = new List<(long, float[])>();
        foreach (long step in folder.CheckpointSteps())
            checkpoints.Add((step, NetworkCheckpoint.Read(folder.CheckpointPath(step), study.Model.Layout).Weights));
        return new(study, points, ModularCheckpoint.Measure(study, checkpoints));
    }

    /// <summary>Trains for a figure, in a folder that is gone afterwards.</summary>
    /// <param name="experiment">What to train.</param>
    /// <param name="team">Threads; null takes the shared team.</param>
    /// <param name="progress">Told now and then.</param>
    /// <param name="cancellation">Stops it.</param>
    public static ModularHistory Train(ModularExperiment experiment, ThreadTeam? team, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        ModularStudy study = ModularStudy.Prepare(experiment, team);
        using var space = new TemporaryRun();
        study.Train(space.Folder, null, progress, cancellation);
        cancellation.ThrowIfCancellationRequested();
        return Read(study, space.Folder);
    }

    /// <summary>The comparison for people and machines.</summary>
    public Findings Findings()
    {
        TrajectoryPoint last = Points[^1];
        ModularSpectrum? spectrum = Checkpoints.Count > 0 ? Checkpoints[^1].Spectrum : null;
        var table = new Table("",
            ["", "loss", "accuracy", "above 99 % from step"],
            [["training pairs", Number(last.Loss), Percent(last.Strengths[1]), Whole(MemorizedAt)], ["other pairs", Number(last.Strengths[0]), Percent(last.Strengths[2]), Whole(GrokkedAt)]]);
        return new([table, ChangeTable()], [.. Phases.Sentences(), .. Spectral()], new
        {
            Experiment = Study.Settings,
            last.Step,
            TrainLoss = last.Loss,
            TestLoss = last.Strengths[0],
            TrainAccuracy = last.Strengths[1],
            TestAccuracy = last.Strengths[2],
            MemorizedAt,
            GrokkedAt,
            Phases = new { Phases.Memorized, Phases.CircuitFormed, Phases.CleanedUp, Phases.Generalized },
            Changes = Phases.Changes.Select(c => new { c.Measure, c.Change.Position, c.Change.Earliest, c.Change.Latest, c.Change.Size, c.Change.FalseAlarmRate }),
            KeyFrequencies,
            spectrum?.RestrictedLoss,
            spectrum?.ExcludedLoss,
            spectrum?.EmbeddingGini,
            spectrum?.OutputGini,
        });

        IEnumerable<string> Spectral()
        {
            if (spectrum is null)
                yield break;
            yield return KeyFrequencies.Count == 0
                ? "No key frequencies: no frequency's neurons carry 5 % of the hidden layer's variance."
                : $"Key frequencies {string.Join(", ", KeyFrequencies.Select(k => $"{k} ({Percent(spectrum.NeuronShares[k - 1])})"))} of the hidden layer's variance, which at equal amplitudes tell the right result from the next by {Number(FourierAddition.Margin(Study.Operation.Order!.Length, KeyFrequencies) / (2 * KeyFrequencies.Count))} of the largest margin there could be; restricted loss {Number(spectrum.RestrictedLoss)}, excluded loss {Number(spectrum.ExcludedLoss)}; Gini of W_E {Number(spectrum.EmbeddingGini)}, of W_U W_out {Number(spectrum.OutputGini)}.";
        }
    }

    /// <summary>The changes that were found.</summary>
    public Table ChangeTable(string title = "The largest change of each measure that the detector tells from chance") => new(
        title, ["measure", "step", "earliest", "latest", "size", "false-alarm rate"],
        [.. Phases.Changes.Select(c => (IReadOnlyList<string>)[c.Measure, Whole(c.Change.Position), Whole(c.Change.Earliest), Whole(c.Change.Latest), Number(c.Change.Size), Number(c.Change.FalseAlarmRate)])]);

    /// <summary>The run as a part of a report.</summary>
    public ReportSection Section(string name, RunRecord record) => new()
    {
        Id = "run",
        Title = name,
        Lead = $"{Study.Description} " + (record.Status == RunStatus.Finished
            ? $"Trained {record.Step.ToString("N0", CultureInfo.InvariantCulture)} steps in {Number(record.WallSeconds)} s with version {record.Version}."
            : $"This run is {record.Status.ToString().ToLowerInvariant()} at step {record.Step.ToString("N0", CultureInfo.InvariantCulture)}."),
        Command = $"staircase report {name}",
        Plots = Plots(),
        Weights = EmbeddingMaps() is { } maps ? [maps] : [],
        Tables = [.. Findings().Tables],
        Settings = record.Experiment,
        Notes = Findings().Sentences,
    };

    /// <summary>Every measure over the steps, on one logarithmic axis.</summary>
    public IReadOnlyList<Plot> Plots(string prefix = "")
    {
        TrajectoryPoint[] points = [.. Points.Where(p => p.Step > 0 || Points.Count == 1)];
        ModularCheckpoint[] checkpoints = [.. Checkpoints.Where(c => c.Step > 0 || Checkpoints.Count == 1)];
        double[] steps = [.. points.Select(p => (double)p.Step)], kept = [.. checkpoints.Select(c => (double)c.Step)];
        var plots = new List<Plot>
        {
            PlotOf("loss", "Loss", "cross-entropy (nats)", true, "Restricted: of the logits only the waves with key frequencies are left, over all pairs. Excluded: just these are taken out, on the training pairs (Nanda et al. 2023, §5).",
                [Curve("train", p => p.Loss), Curve("test", p => p.Strengths[0]), .. Spectral("restricted", s => s.RestrictedLoss), .. Spectral("excluded", s => s.ExcludedLoss)]),
            PlotOf("accuracy", "Accuracy", "share of pairs", false, "", [Curve("train", p => p.Strengths[1]), Curve("test", p => p.Strengths[2])]),
            PlotOf("norm", "Squared norm of all weights", "‖θ‖²", true, "", [Curve("‖θ‖²", p => p.Strengths[3])]),
            PlotOf("rank", "Effective rank of the circuits", "effective rank", false, "exp of the entropy of σ/Σσ, head by head.", [.. Heads("QK", h => h.QK.EffectiveRank), .. Heads("OV", h => h.OV.EffectiveRank)]),
            PlotOf("marginalized-rank", "Marginalized effective rank of the circuits", "normalized effective rank", false, "Without the largest singular value of the moment: ln erank / ln n of the others.",
                [.. Heads("QK", h => h.MarginalizedQK), .. Heads("OV", h => h.MarginalizedOV)]),
            PlotOf("subspace", "Subspace distance to the end", "share outside", false, "How much of the last checkpoint's circuit lies outside of what this one spans: rows of QK, columns of OV; singular values below 1e-5 of the largest do not count. 0 wherever the circuit has full rank d_head and d_head = d_model.",
                [.. Heads("QK", h => h.QK.SubspaceDistance), .. Heads("OV", h => h.OV.SubspaceDistance)]),
            PlotOf("angles", "Turning of the leading directions", "geodesic distance to the checkpoint before (rad)", false, "√Σθ² of the principal angles between the four leading directions at neighbouring checkpoints, which lie closer together within a transition.",
                [.. Heads("QK", h => h.QK.GeodesicToPrevious), .. Heads("OV", h => h.OV.GeodesicToPrevious)]),
        };
        if (Checkpoints.Count > 0 && Checkpoints[^1].Spectrum is not null)
        {
            plots.Add(PlotOf("gini", "Sparsity in the Fourier basis", "Gini coefficient", false, "Of the norms of the Fourier components of W_E and of W_U W_out.", [.. Spectral("W_E", s => s.EmbeddingGini), .. Spectral("W_U W_out", s => s.OutputGini)]));
            plots.Add(PlotOf("frequencies", "Neurons by frequency", "share of the hidden layer's variance", false, "Carried by neurons of which one frequency explains more than half, for the frequencies that are key in the end.",
                [.. KeyFrequencies.SelectMany(k => Spectral($"frequency {k}", s => s.NeuronShares[k - 1]))]));
        }

        return [.. plots.Where(plot => plot.Series.Count > 0)];

        Plot PlotOf(string id, string title, string label, bool logarithmic, string caption, IReadOnlyList<Series> series) => new()
        {
            Id = prefix + id,
            Title = title,
            Caption = caption,
            X = new("step", IsLogarithmic: true),
            Y = new(label, logarithmic),
            Series = series,
        };

        Series Curve(string name, Func<TrajectoryPoint, double> of) => new(name, SeriesRole.Measured, steps, [.. points.Select(of)]);

        IEnumerable<Series> Spectral(string name, Func<ModularSpectrum, double> of) =>
            Checkpoints.Count > 0 && Checkpoints[0].Spectrum is not null ? [new(name, SeriesRole.Measured, kept, [.. checkpoints.Select(c => of(c.Spectrum!))])] : [];

        IEnumerable<Series> Heads(string circuit, Func<HeadMeasures, double> of) => Checkpoints.Count == 0 ? [] :
            Enumerable.Range(0, Checkpoints[0].Heads.Count).Select(i => new Series($"{circuit} of head {i}", circuit == "QK" ? SeriesRole.Measured : SeriesRole.Predicted, kept, [.. checkpoints.Select(c => of(c.Heads[i]))], i));
    }

    /// <summary>The embeddings in the Fourier basis, with a slider over checkpoints.</summary>
    public WeightMaps? EmbeddingMaps(string prefix = "")
    {
        if (Checkpoints.Count == 0 || Checkpoints[0].Spectrum is null)
            return null;
        int stride = Math.Max(1, (Checkpoints.Count + ShownCheckpoints - 1) / ShownCheckpoints);
        ModularCheckpoint[] shown = [.. Checkpoints.Where((_, i) => i % stride == 0 || i == Checkpoints.Count - 1)];
        var losses = Points.ToDictionary(p => p.Step, p => p.Loss);
        return new()
        {
            Id = prefix + "embeddings",
            Title = "W_E in the Fourier basis",
            Caption = "√(cos² + sin²) of each frequency (row) in each dimension of the residual stream (column). Before generalization all frequencies are there; then a few stay.",
            Frames = [.. shown.Select(c => new WeightFrame(c.Step, null, losses.GetValueOrDefault(c.Step, double.NaN), null))],
            Maps =
            [
                new("W_E", [.. Enumerable.Range(1, shown[0].Spectrum!.NeuronShares.Length).Select(k => $"frequency {k}")], [.. Enumerable.Range(0, Study.Shape.ModelDimension).Select(i => $"{i}")],
                    [.. shown.SelectMany(c => c.Spectrum!.EmbeddingAmplitudes)]),
            ],
        };
    }

    private static string Percent(double value) => double.IsNaN(value) ? "—" : (100 * value).ToString("0.##", CultureInfo.InvariantCulture) + " %";

    private long? From(int column)
    {
        int before = Points.Count - 1;
        while (before >= 0 && Points[before].Strengths[column] > Known)
            before--;
        return before == Points.Count - 1 ? null : Points[before + 1].Step;
    }
}
