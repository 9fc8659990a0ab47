namespace Staircase.Lab;

/// <summary>K trainings on vector-valued tasks side by side, of which the mean is measured. A step is an epoch.</summary>
/// <remarks>Checkpoints hold the weights of every training, block by block: <c>value</c>, <c>key_query</c>, … [K, D, D].</remarks>
internal sealed class VectorTraining : ITraining
{
    private const string Memory = "optimizer.memory", FirstLoss = "optimizer.first_loss", EpochLoss = "epoch_loss";

    /// <summary>Contexts of one training between two looks at what the trainer wants; at least an epoch's.</summary>
    private const int ContextsBetweenLooks = 20_000;

    /// <summary>Odd and without pattern in its bits, so that training k of one seed is not training j of another.</summary>
    private const ulong SeedOfTraining = 0x9E3779B97F4A7C15;

    private readonly VectorStudy _study;
    private readonly VectorObjective[] _objectives;
    private readonly VectorLoss _expected;
    private readonly double[] _gradient; // of the expected loss; not looked at
    private readonly long _updates; // an epoch's
    private readonly long _epochsBetweenLooks;
    private Place[] _places;

    public VectorTraining(VectorStudy study)
    {
        VectorExperiment e = study.Experiment;
        var options = new VectorObjectiveOptions { BatchSize = e.Batch, AllBlocks = e.AllBlocks };
        _study = study;
        IEnumerable<ulong> seeds = Range(0, e.Trainings).Select(k => unchecked(e.Seed + (ulong)k * SeedOfTraining));
        _objectives = [.. seeds.Select(seed => new VectorObjective(study.Task, options, seed))];
        _expected = new(study.Task);
        _gradient = new double[_expected.Layout.Count];
        _updates = study.Task.Tasks.Count;
        _epochsBetweenLooks = Max(1, ContextsBetweenLooks / (_updates * e.Batch));
        _places = [.. _objectives.Select(o => new Place(new Descent<double>(o, study.Optimizer, study.Start.All).State, double.NaN))];
        Columns = ColumnsOf(study.Task.InputDimension);
    }

    public IReadOnlyList<Column> Columns { get; }

    public long Step => _places[0].State.Step / _updates;

    public double? Time => Step * _study.TimePerEpoch;

    public double Progress => (double)Step / _study.Experiment.Epochs!.Value;

    public double Loss => _places.Average(place => place.EpochLoss);

    /// <summary>The weights of every training in a checkpoint.</summary>
    public static VectorWeights[] Read(VectorStudy study, Snapshot checkpoint)
    {
        int D = study.Task.InputDimension, K = study.Experiment.Trainings, size = D * D;
        double[][] blocks = [.. VectorWeights.LayoutOf(D).Blocks.Select(block => checkpoint.Read<double>(block.Name, K, D, D))];
        return [.. Range(0, K).Select(k => VectorWeights.Of(D, [.. blocks.SelectMany(block => block[(k * size)..((k + 1) * size)])]))];
    }

    /// <summary>The mean over the trainings of a checkpoint, however many they were.</summary>
    /// <exception cref="InputException">It is of another dimension.</exception>
    public static VectorWeights MeanOf(Snapshot checkpoint, int D)
    {
        int size = D * D;
        return VectorWeights.Of(D, VectorWeights.LayoutOf(D).Blocks.SelectMany(block =>
        {
            int trainings = checkpoint.ShapeOf(block.Name)[0];
            double[] all = checkpoint.Read<double>(block.Name, trainings, D, D);
            return Range(0, size).Select(i => Range(0, trainings).Average(k => all[k * size + i]));
        }).ToArray());
    }

    public void Advance(long limit, CancellationToken cancellation)
    {
        long end = Min(Min(limit, _study.Experiment.Epochs!.Value), Step + _epochsBetweenLooks);
        var ahead = new Place[_places.Length]; // all arrive, or all stay where they are
        try
        {
            var options = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = ThreadTeam.SharedThreads };
            Parallel.For(0, ahead.Length, options, k => ahead[k] = Advanced(k, end * _updates, cancellation));
        }
        catch (AggregateException all) when (all.InnerExceptions.OfType<DivergedException>().MinBy(inner => inner.Step) is { } diverged)
        {
            throw new DivergedException(diverged.Step / _updates, diverged.Loss);
        }

        _places = ahead;
    }

    public void Measure(Span<double> row)
    {
        (double[] mean, double[] error) = SimulatedCourse.Average([.. _places.Select(RowOf)]);
        mean.CopyTo(row);
        error.CopyTo(row[mean.Length..]);
        DivergedException.ThrowIf(Step, mean[0], _places[0].State.FirstLoss ?? mean[0]);
    }

    public Snapshot Weights()
    {
        int D = _study.Task.InputDimension;
        var weights = new Snapshot(Step, Time);
        foreach (ParameterBlock block in VectorWeights.LayoutOf(D).Blocks)
        {
            IEnumerable<double> all = _places.SelectMany(place => place.State.Weights[block.Offset..(block.Offset + block.Length)]);
            weights.With<double>(block.Name, [.. all], _places.Length, D, D);
        }

        return weights;
    }

    public Snapshot State() => Weights()
        .With(Memory, [.. _places.SelectMany(place => place.State.Memory)])
        .With(FirstLoss, [.. _places.Select(place => place.State.FirstLoss ?? double.NaN)])
        .With(EpochLoss, [.. _places.Select(place => place.EpochLoss)]);

    public void Restore(Snapshot state)
    {
        VectorWeights[] weights = Read(_study, state);
        int size = _places[0].State.Memory.Length;
        double[] memory = state.Read<double>(Memory, size * weights.Length);
        double[] firstLosses = state.Read<double>(FirstLoss, weights.Length), epochLosses = state.Read<double>(EpochLoss, weights.Length);
        _places = [.. weights.Select((w, k) => new Place(new()
        {
            Weights = w.All.ToArray(),
            Memory = memory[(k * size)..((k + 1) * size)],
            Step = state.Step * _updates,
            FirstLoss = double.IsNaN(firstLosses[k]) ? null : firstLosses[k],
        }, epochLosses[k]))];
    }

    private static Column[] ColumnsOf(int modes)
    {
        Column[] measures =
        [
            new("loss", ColumnKind.Loss, "expected loss, mean of the trainings; where p1 and q2 move, the loss on the epoch's contexts"),
            .. Range(1, modes).Select(i => new Column($"a{i}", ColumnKind.Strength, $"strength of mode {i}, their mean")),
        ];
        return [.. measures, .. measures.Select(of => new Column($"{of.Name}_error", ColumnKind.Error, $"standard error of {of.Name}"))];
    }

    private Place Advanced(int training, long updates, CancellationToken cancellation)
    {
        DescentState<double> from = _places[training].State;
        var descent = new Descent<double>(_objectives[training], _study.Optimizer, new DescentState<double>
        {
            Weights = [.. from.Weights],
            Memory = [.. from.Memory],
            Step = from.Step,
            FirstLoss = from.FirstLoss,
        });
        while (descent.Step < updates)
        {
            cancellation.ThrowIfCancellationRequested();
            descent.Advance();
        }

        return new(descent.State, _objectives[training].EpochLoss);
    }

    private double[] RowOf(Place place)
    {
        VectorWeights weights = VectorWeights.Of(_study.Task.InputDimension, place.State.Weights);
        return [weights.IsReduced ? _expected.Evaluate(weights.InContext, _gradient) : place.EpochLoss, .. weights.Strengths()];
    }

    /// <summary>Where one training stands, at the end of an epoch.</summary>
    /// <param name="State">Enough to go on.</param>
    /// <param name="EpochLoss">The mean loss on the epoch's contexts, each before its update; NaN before the first.</param>
    private sealed record Place(DescentState<double> State, double EpochLoss);
}
