namespace Staircase.Lab;

/// <summary>A training on a binary operation with everything that is measured of it: for a comparison, a report and a figure.</summary>
internal sealed class ModularFindings : RunView<ModularFindings, ModularStudy>
{
    public const double Known = 0.99; // an accuracy that counts as knowing
    private const int ShownCheckpoints = 24; // checkpoints that the slider shows

    private readonly double[] _steps, _kept;

    public ModularFindings(Run run)
        : base(run)
    {
        Checkpoints = ModularCheckpoint.Of(run);
        (_steps, _kept) = (run.Positions(useTime: false), [.. Checkpoints.Select(checkpoint => (double)checkpoint.Step)]);
        Phases = ModularPhases.Of(Rows, Checkpoints);
    }

    /// <summary>What was recorded.</summary>
    public Trajectory Rows => Run.Trajectory;

    /// <summary>What was measured at the checkpoints.</summary>
    public IReadOnlyList<ModularCheckpoint> Checkpoints { get; }

    /// <summary>Where it changes.</summary>
    public ModularPhases Phases { get; }

    /// <summary>The test accuracy in the end; NaN where all pairs are trained on.</summary>
    public double TestAccuracy => Rows["test_accuracy"][^1];

    /// <summary>The first recorded step from which on train accuracy is above 99 %; null if it is not in the end.</summary>
    public long? MemorizedAt => KnownFrom("train_accuracy");

    /// <summary>The same of test accuracy.</summary>
    public long? GrokkedAt => KnownFrom("test_accuracy");

    /// <summary>The test accuracy when the training pairs are first known; NaN if they never are.</summary>
    public double TestAccuracyWhenMemorized =>
        Rows["train_accuracy"].Zip(Rows["test_accuracy"]).Where(pair => pair.First > Known).Select(pair => pair.Second)
            .FirstOrDefault(double.NaN);

    /// <summary>The Fourier measures in the end; null where there are none.</summary>
    public ModularSpectrum? Spectrum => Checkpoints.Count > 0 ? Checkpoints[^1].Spectrum : null;

    /// <summary>The key frequencies in the end.</summary>
    public IReadOnlyList<int> KeyFrequencies => Spectrum?.KeyFrequencies ?? [];

    public override Findings Findings => field ??= new([Accuracies(), ChangeTable()], [.. Phases.Sentences(), .. Spectral()], Data())
    {
        Summary = new Dictionary<string, double?>
        {
            ["memorizedAt"] = MemorizedAt,
            ["grokkedAt"] = GrokkedAt,
            ["testAccuracy"] = double.IsNaN(TestAccuracy) ? null : TestAccuracy,
        },
    };

    public override IReadOnlyList<string> Explanation => [.. ModularExplanation.Of(this)];

    /// <summary>The changes that were found.</summary>
    public Table ChangeTable(string title = "The largest change of each measure that the detector tells from chance") => Table.Of(
        title, ["measure", "step", "earliest", "latest", "size", "false-alarm rate"], Phases.Changes,
        found =>
        [
            found.Measure, Whole(found.Change.Position), Whole(found.Change.Earliest), Whole(found.Change.Latest),
            Number(found.Change.Size), Number(found.Change.FalseAlarmRate),
        ]);

    /// <summary>A recorded measure over the steps.</summary>
    public Series Course(string name, string column, int? colour = null) => Series.Measured(name, _steps, Rows[column], colour);

    /// <summary>What was measured at checkpoints, over their steps.</summary>
    public Series Kept(string name, Func<ModularCheckpoint, double> of, int? colour = null) =>
        Series.Measured(name, _kept, Checkpoints.Select(of), colour);

    /// <summary>Every measure over the steps, on one logarithmic axis.</summary>
    public override IReadOnlyList<Plot> Plots => NotEmpty(
        OverSteps("loss", "Loss", Axis.Logarithmic("cross-entropy (nats)"),
            "Restricted: of the logits only the waves with key frequencies are left, over all pairs. "
            + "Excluded: just these are taken out, on the training pairs (Nanda et al. 2023, §5).",
            [
                Course("train", "loss"), Course("test", "test_loss"),
                .. Spectral("restricted", s => s.RestrictedLoss), .. Spectral("excluded", s => s.ExcludedLoss),
            ]),
        OverSteps("accuracy", "Accuracy", "share of pairs", "", Course("train", "train_accuracy"), Course("test", "test_accuracy")),
        OverSteps("norm", "Squared norm of all weights", Axis.Logarithmic("‖θ‖²"), "", Course("‖θ‖²", "squared_norm")),
        OfHeads("rank", "Effective rank of the circuits", "effective rank", "exp of the entropy of σ/Σσ, head by head."),
        OfHeads("marginalized", "Marginalized effective rank of the circuits", "normalized effective rank",
            "Without the largest singular value of the moment: ln erank / ln n of the others."),
        OfHeads("distance", "Subspace distance to the end", "share outside",
            "How much of the last checkpoint's circuit lies outside of what this one spans: rows of QK, columns of OV; singular values "
            + "below 1e-5 of the largest do not count. 0 wherever the circuit has full rank d_head and d_head = d_model."),
        OfHeads("turning", "Turning of the leading directions", "geodesic distance to the checkpoint before (rad)",
            "√Σθ² of the principal angles between the four leading directions at neighbouring checkpoints, which lie closer together "
            + "within a transition."),
        OverSteps("gini", "Sparsity in the Fourier basis", "Gini coefficient",
            "Of the norms of the Fourier components of W_E and of W_U W_out.",
            [.. Spectral("W_E", s => s.EmbeddingGini), .. Spectral("W_U W_out", s => s.OutputGini)]),
        OverSteps("frequencies", "Neurons by frequency", "share of the hidden layer's variance",
            "Carried by neurons of which one frequency explains more than half, for the frequencies that are key in the end.",
            KeyFrequencies.SelectMany(k => Spectral($"frequency {k}", s => s.NeuronShares[k - 1]))));

    /// <summary>The embeddings in the Fourier basis, with a slider over checkpoints.</summary>
    public override WeightMaps? Maps
    {
        get
        {
            if (Spectrum is null)
                return null;
            IReadOnlyList<ModularCheckpoint> shown = Shown.Spread(Checkpoints, ShownCheckpoints);
            return new()
            {
                Id = "embeddings",
                Title = "W_E in the Fourier basis",
                Caption = "√(cos² + sin²) of each frequency (row) in each dimension of the residual stream (column). "
                    + "Before generalization all frequencies are there; then a few stay.",
                Frames = [.. shown.Select(checkpoint => Rows.Frame(checkpoint.Step))],
                Maps =
                [
                    new("W_E", [.. Range(1, Spectrum.NeuronShares.Length).Select(k => $"frequency {k}")],
                        [.. Range(0, Study.Shape.ModelDimension).Select(i => $"{i}")],
                        [.. shown.SelectMany(checkpoint => checkpoint.Spectrum!.EmbeddingAmplitudes)]),
                ],
            };
        }
    }

    private Plot OfHeads(string measure, string title, string label, string caption)
    {
        int heads = Checkpoints.Count > 0 ? Study.Shape.Heads : 0;
        return OverSteps(measure, title, label, caption, Curves("QK", SeriesRole.Measured).Concat(Curves("OV", SeriesRole.Predicted)));

        IEnumerable<Series> Curves(string circuit, SeriesRole role) => Range(0, heads).Select(head =>
            Kept($"{circuit} of head {head}", c => c.Heads($"{circuit.ToLowerInvariant()}_{measure}")[head], head) with
            {
                Role = role,
                Family = $"{circuit}, a curve a head",
            });
    }

    private IEnumerable<Series> Spectral(string name, Func<ModularSpectrum, double> of) =>
        Spectrum is null ? [] : [Kept(name, checkpoint => of(checkpoint.Spectrum!))];

    private long? KnownFrom(string column)
    {
        IReadOnlyList<double> accuracy = Rows[column];
        int before = accuracy.Count - 1;
        while (before >= 0 && accuracy[before] > Known)
            before--;
        return before == accuracy.Count - 1 ? null : Rows.Steps[before + 1];
    }

    private Table Accuracies()
    {
        return new("", ["", "loss", "accuracy", "above 99 % from step"],
        [
            Row("training pairs", "loss", "train_accuracy", MemorizedAt), Row("other pairs", "test_loss", "test_accuracy", GrokkedAt),
        ]);

        string[] Row(string name, string loss, string accuracy, long? from) =>
            [name, Number(Rows[loss][^1]), Percent(Rows[accuracy][^1], digits: 4), Whole(from)];
    }

    private IEnumerable<string> Spectral()
    {
        if (Spectrum is null)
            yield break;
        if (KeyFrequencies.Count == 0)
        {
            yield return "No key frequencies: no frequency's neurons carry 5 % of the hidden layer's variance.";
            yield break;
        }

        string keys = string.Join(", ", KeyFrequencies.Select(k => $"{k} ({Percent(Spectrum.NeuronShares[k - 1], digits: 4)})"));
        double margin = FourierAddition.Margin(Study.Operation.Order!.Length, KeyFrequencies) / (2 * KeyFrequencies.Count);
        yield return $"Key frequencies {keys} of the hidden layer's variance, which at equal amplitudes tell the right result from the "
            + $"next by {Number(margin)} of the largest margin there could be; restricted loss {Number(Spectrum.RestrictedLoss)}, excluded "
            + $"loss {Number(Spectrum.ExcludedLoss)}; Gini of W_E {Number(Spectrum.EmbeddingGini)}, of W_U W_out "
            + $"{Number(Spectrum.OutputGini)}.";
    }

    private JsonObject Data() => Json.Of(
        ("experiment", Study.Settings), ("step", Rows.Steps[^1]), ("trainLoss", Rows["loss"][^1]),
        ("testLoss", Rows["test_loss"][^1]), ("trainAccuracy", Rows["train_accuracy"][^1]), ("testAccuracy", TestAccuracy),
        ("memorizedAt", MemorizedAt), ("grokkedAt", GrokkedAt),
        ("phases", Json.Of(
            ("memorized", Phases.Memorized), ("circuitFormed", Phases.CircuitFormed), ("cleanedUp", Phases.CleanedUp),
            ("generalized", Phases.Generalized))),
        ("changes", Json.List(Phases.Changes, found => Json.Of(
            ("measure", found.Measure), ("position", found.Change.Position), ("earliest", found.Change.Earliest),
            ("latest", found.Change.Latest), ("size", found.Change.Size), ("falseAlarmRate", found.Change.FalseAlarmRate)))),
        ("keyFrequencies", KeyFrequencies), ("restrictedLoss", Spectrum?.RestrictedLoss),
        ("excludedLoss", Spectrum?.ExcludedLoss), ("embeddingGini", Spectrum?.EmbeddingGini), ("outputGini", Spectrum?.OutputGini));
}
