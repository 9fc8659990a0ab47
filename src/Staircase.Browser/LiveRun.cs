namespace Staircase.Browser;

/// <summary>A training that goes on a moment at a time while a page watches.</summary>
internal sealed class LiveRun
{
    /// <summary>Sequences on which a model is asked which algorithm it runs, and those that are shown.</summary>
    private const int Examined = 200, Shown = 60;

    private const int KeepEvery = 5;

    /// <summary>Reports of the trainer, one every 50 ms, after which a page is told: first at once, later with less to and fro.</summary>
    private const int MostReports = 3;

    private readonly Study _asked;
    private readonly Study _study;
    private readonly RunMemory _store = new();
    private readonly Trainer _trainer;
    private int _sent, _moments;
    private bool _finished;

    /// <exception cref="InputException">The experiment cannot be used, or is too large.</exception>
    public LiveRun(ExperimentWords words)
    {
        _asked = Limits.Study(words);
        Study study = Limits.Sketched(words); // which is enough to know when to end, and needs no races from other weights
        if (study is RegressionStudy { Experiment: { Checkpoints: null, IsFlow: true } flow } regression)
            study = regression.With(flow with { Checkpoints = Schedule.Every(KeepEvery) }); // each is small, and a reader looks at any
        _study = study.WithEnd();
        _trainer = Trainer.Begin(_study, _store);
    }

    /// <summary>What is trained, and what will be recorded of it.</summary>
    public JsonObject Opening(int number) => Json.Of(
        ("run", number), ("description", _study.Description), ("announcements", _study.Announcements),
        ("experiment", _study.Settings),
        ("columns", Json.List(_trainer.Trained.Trajectory.Columns, column => Json.Of(
            ("name", column.Name), ("kind", column.Kind.ToString().ToLowerInvariant()), ("meaning", column.Meaning)))),
        ("hasTime", _trainer.Trained.Trajectory.HasTime));

    /// <summary>Goes on for a moment: 50 ms the first time, longer later.</summary>
    public JsonObject Advance(NumberBlob numbers)
    {
        using var stop = new CancellationTokenSource();
        var watched = new Watched(stop, Min(++_moments, MostReports));
        if (!_finished)
            _finished = _trainer.GoOn(watched, stop.Token);
        Trajectory rows = _trainer.Trained.Trajectory;
        int from = _sent;
        _sent = rows.Count;
        return Json.Of(
            ("finished", _finished), ("progress", _finished ? 1 : watched.Last.Fraction), ("awaited", watched.Last.Awaited),
            ("step", rows.Count > 0 ? rows.Steps[^1] : 0), ("steps", numbers.Array(rows.Steps.Skip(from).Select(step => (double)step))),
            ("times", rows.Times is { } times ? numbers.Array(times.Skip(from)) : null),
            ("rows", Json.List(rows.Columns, column => numbers.Array(rows[column.Name].Skip(from)))));
    }

    /// <summary>The part of a report that shows the run as far as it has come.</summary>
    public JsonNode Section(NumberBlob numbers)
    {
        Run run = _trainer.Trained;
        if (_asked is RegressionStudy regression && _study is RegressionStudy trained)
            run = new(regression.With(trained.Experiment), run.Store, run.Trajectory); // with theory in full
        return new Report { Title = "", Sections = [run.View.Section with { Id = "run", Title = "" }], Results = _study.Results }
            .ToJson(numbers);
    }

    /// <summary>The weights that were kept nearest to a step, and what they do.</summary>
    public JsonObject Look(long step, NumberBlob numbers)
    {
        if (_study is not RegressionStudy study)
            throw new InputException("only linear attention is looked into so.");
        long at = _store.CheckpointSteps().MinBy(kept => Abs(kept - step));
        Snapshot kept = _store.ReadCheckpoint(at);
        double[] weights = kept.Weights<double>(study.Model.Layout);
        double[] rotated = study.Model.Layout.ToEigenbasis(weights, study.Modes.Eigenvectors);
        int shown = (int)Min(Shown, study.Examples.Count), examined = (int)Min(Examined, study.Examples.Count);
        double[] predictions = study.Predictions(weights, examined);
        Algorithm algorithm = Algorithm.Examine(predictions, study.Examples, study.Task.Basis);
        return Json.Of(
            ("step", at), ("time", kept.Time), ("algorithm", algorithm.Name), ("errors", numbers.Array(algorithm.RelativeErrors)),
            ("predictions", numbers.Array(predictions.Take(shown))), ("targets", numbers.Array(Targets(study.Examples, shown))),
            ("heads", study.Model is SeparateAttention separate ? numbers.Array(Flat(separate, weights, study)) : null),
            ("blocks", Json.List(study.Model.Layout.Blocks.Where(block => block.InContext), block => Json.Of(
                ("name", block.Name), ("shape", block.Shape),
                ("values", numbers.Array(rotated[block.Offset..(block.Offset + block.Length)]))))));
    }

    /// <summary>How much each head holds of each component, at each time of which weights were kept: [checkpoints, H, D].</summary>
    public JsonObject Heads(NumberBlob numbers)
    {
        if (_study is not RegressionStudy { Model: SeparateAttention separate } study)
            throw new InputException("only separate heads hold components of their own.");
        Snapshot[] kept = [.. _store.CheckpointSteps().Select(_store.ReadCheckpoint)];
        return Json.Of(
            ("steps", numbers.Array(kept.Select(one => (double)one.Step))),
            ("times", numbers.Array(kept.Select(one => one.Time ?? one.Step))),
            ("strengths", numbers.Array(kept.SelectMany(one => Flat(separate, one.Weights<double>(separate.Layout), study)))));
    }

    private static IEnumerable<double> Flat(SeparateAttention model, double[] weights, RegressionStudy study) =>
        HeadStrengths.Of(model, weights, study.Modes.Eigenvectors).SelectMany(head => head);

    private static IEnumerable<double> Targets(ISequenceSource examples, int count)
    {
        double[] tokens = new double[(examples.ContextLength + 1) * (examples.InputDimension + 1)];
        for (int i = 0; i < count; i++)
            yield return examples.Read(i, tokens);
    }

    private sealed class Watched(CancellationTokenSource stop, int reports) : IProgress<TrainingProgress>
    {
        private int _came;

        public TrainingProgress Last { get; private set; } = new("training", 0, 0, double.NaN);

        public void Report(TrainingProgress value)
        {
            Last = value;
            if (++_came >= reports)
                stop.Cancel();
        }
    }
}
