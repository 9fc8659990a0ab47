namespace Staircase.Lab;

/// <summary>
/// A run on vector-valued tasks with theory laid over it: how far each theory is from simulation, in what error, and which one
/// simulation follows.
/// </summary>
internal sealed class VectorFindings : RunView<VectorFindings, VectorStudy>
{
    private readonly double _noise;
    private readonly double[] _distances;

    public VectorFindings(Run run)
        : base(run)
    {
        Trajectory rows = run.Trajectory;
        Require(rows.Count >= 2, $"{run.Name}: {rows.Count} points were recorded; a comparison needs at least two.");
        int measures = 1 + Study.Task.InputDimension;
        double[][] all = [.. Range(0, rows.Count).Select(rows.Row)];
        Simulation = new(rows.Positions, [.. all.Select(row => row[..measures])], [.. all.Select(row => row[measures..])]);
        Theories = rows.HasTime ? Study.Theories(Simulation.Times) : [];
        _distances = [.. Theories.Select(Simulation.Distance)];
        _noise = Theories.Count > 0 ? Simulation.NoiseBeside(Theories[0]) : double.NaN;
        Findings = new([Simulation.Beside("", Theories)], [.. Study.Announcements, Verdict], Data())
        {
            Quantities = VectorQuantities.Of(Study, Theories.Count > 0 ? Theories[0] : null, Simulation),
            Summary = new Dictionary<string, double?>
            {
                ["monteCarloError"] = _noise,
                ["distanceFromExactTheory"] = Theories.Count > 0 ? _distances[0] : null,
                ["distanceFromClosedForm"] = Theories.Count > 1 ? _distances[1] : null,
            },
        };
    }

    /// <summary>The mean of its trainings; its times are epochs where the optimizer follows no flow.</summary>
    public SimulatedCourse Simulation { get; }

    /// <summary>Theories at the recorded times, the exact one first; none where the optimizer follows no flow.</summary>
    public IReadOnlyList<VectorTheory> Theories { get; }

    public override Findings Findings { get; }

    public override IReadOnlyList<string> Explanation => VectorExplanation.Of(this);

    private protected override IReadOnlyList<Table> Tables =>
        [Findings.Tables[0] with { Title = "Theory over simulation, in the end and along the course" }];

    public override IReadOnlyList<Plot> Plots => [LossPlot(), StrengthPlot()];

    /// <summary>The theory that simulation follows; null where simulation cannot tell two of them apart, or there are not two.</summary>
    public string? Follows => Theories.Count < 2 || Abs(_distances[0] - _distances[1]) < _noise
        ? null
        : Theories[_distances[0] < _distances[1] ? 0 : 1].Name;

    /// <summary>The theory nearest to simulation in a column, 0 for the loss and i for mode i, however near another one is.</summary>
    public VectorTheory Nearest(int column) => Theories.MinBy(theory => Simulation.From(theory.Course, column).RootMeanSquare)!;

    private string Verdict
    {
        get
        {
            if (Theories.Count == 0)
                return "No theory beside this simulation: its steps have no time.";
            string distances = string.Join(" and ", Theories.Select((t, i) => $"{Number(_distances[i], digits: 2)} from the {t.Name}"));
            string noise = double.IsNaN(_noise) ? "unknown from one training" : Number(_noise, digits: 2);
            string measured = $"root mean square over all strengths {distances}, Monte Carlo error {noise}.";
            if (Theories.Count < 2)
                return $"Simulation beside the {Theories[0].Name}: {measured}";
            return Follows is { } followed
                ? $"Simulation follows the {followed}, not the {Theories.First(theory => theory.Name != followed).Name}: {measured}"
                : $"The {Theories[0].Name} and the {Theories[1].Name} are nearer to each other than this simulation can tell: {measured}";
        }
    }

    /// <summary>One of the trainings at the kept checkpoints; its loss is the expected one of p₂ and q₁.</summary>
    /// <param name="training">Its number, from 0.</param>
    public IReadOnlyList<VectorPoint> Training(int training)
    {
        var loss = new VectorLoss(Study.Task);
        double[] gradient = new double[loss.Layout.Count];
        return
        [
            .. Run.CheckpointSteps().Select(step =>
            {
                Snapshot checkpoint = Run.Store.ReadCheckpoint(step);
                VectorWeights weights = VectorTraining.Read(Study, checkpoint)[training];
                return VectorPoint.Of(checkpoint.Time ?? step, loss.Evaluate(weights.InContext, gradient), weights);
            }),
        ];
    }

    public override Plot LossPlot(bool useTime) => useTime || !Run.Trajectory.HasTime ? LossPlot()
        : Plot.Of(
            Lab.Study.LossPlotId, "Loss", "epoch", "loss", "",
            Series.Measured("simulated loss", Run.Positions(useTime), Run.Trajectory.Losses, 0));

    /// <summary>The loss, with theory.</summary>
    internal Plot LossPlot() => Plot.Of(Lab.Study.LossPlotId, "Loss", Across, "loss", Caption, Curves(0, "loss"));

    /// <summary>The strength of each mode, with theory.</summary>
    internal Plot StrengthPlot() => Plot.Of(
        "strengths", "Strength of each mode", Across, "strength a", Caption,
        Range(1, Study.Task.InputDimension).SelectMany(i => Curves(i, $"a{i}")).OrderBy(series => series.Role)
            .Select(series => series with { Family = series.Name[..series.Name.LastIndexOf(' ')] }));

    private Axis Across => Lab.Axis.Of(
        Study.TimePerEpoch is null or 1 ? "epoch" : "time, in epochs of gradient descent",
        Range(1, Study.Task.InputDimension).Select(mode => Simulation.TimeAt(mode, Simulation.Mean[^1][mode] / 2)));

    private string Caption
    {
        get
        {
            VectorExperiment e = Study.Experiment;
            string dashed = Theories.Count > 0 ? $" Dashed: the {Theories[0].Name} on the same tasks." : "";
            string dotted = Theories.Count > 1 ? $" Dotted: the {Theories[1].Name}." : "";
            return $"Solid: the mean of {e.Trainings} trainings of {Whole(e.Epochs)} epochs on {Whole(Study.Task.Tasks.Count)} tasks, "
                + $"batches of {e.Batch}, N = {e.Context}, ηP = {Number(e.EpochRate)}.{dashed}{dotted}";
        }
    }

    private IEnumerable<Series> Curves(int column, string name) => Theories
        .Select((theory, t) => new Series(
            $"{theory.Name} {name}", t == 0 ? SeriesRole.Predicted : SeriesRole.Guide, Simulation.Times,
            [.. theory.Course.Select(point => SimulatedCourse.Row(point)[column])], Max(0, column - 1)))
        .Prepend(Series.Measured($"simulated {name}", Simulation.Times, Simulation.Column(column), Max(0, column - 1)));

    private JsonObject Data() => Json.Of(
        ("experiment", Study.Settings), ("announcements", Study.Announcements), ("follows", Follows),
        ("verdict", Verdict), ("monteCarloError", _noise),
        ("end", Json.Of(
            ("epoch", Run.Trajectory.Steps[^1]), ("loss", Simulation.Mean[^1][0]), ("lossError", Simulation.Error[^1][0]),
            ("strengths", Simulation.Mean[^1][1..]), ("strengthErrors", Simulation.Error[^1][1..]))),
        ("theories", Json.List(Theories, theory => Json.Of(
            ("name", theory.Name), ("endLoss", theory.Course[^1].Loss), ("endStrengths", theory.Course[^1].Strengths),
            ("loss", Simulation.From(theory.Course, 0).Json()),
            ("strengths", Json.List(Range(1, Study.Task.InputDimension), mode => Simulation.From(theory.Course, mode).Json()))))));
}
