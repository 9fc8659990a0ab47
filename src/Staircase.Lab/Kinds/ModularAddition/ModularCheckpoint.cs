namespace Staircase.Lab;

/// <summary>What is measured of a model at a checkpoint.</summary>
/// <param name="Measures">The measures of its heads, by the names of <see cref="HeadMeasures"/>.</param>
/// <param name="Spectrum">Its Fourier measures; null where the operation has no circle.</param>
internal sealed record ModularCheckpoint(Snapshot Measures, ModularSpectrum? Spectrum)
{
    public long Step => Measures.Step;

    /// <summary>A measure of every head.</summary>
    public double[] Heads(string measure) => Measures.Read<double>(measure);

    /// <summary>All checkpoints of a run. Key frequencies are those of the last one: what is excluded early is what will matter.</summary>
    public static IReadOnlyList<ModularCheckpoint> Of(Run run)
    {
        IReadOnlyList<long> steps = run.CheckpointSteps();
        if (steps.Count == 0)
            return [];
        var end = new Measuring(run, steps);
        int count = steps.Count - 1;
        ModularCheckpoint last = Read(run.Measured(Measuring.Name, end.Dependence(count), () => end.Measure(count)));
        IReadOnlyList<int>? keys = last.Spectrum?.KeyFrequencies;
        return [.. run.Measured(Measuring.Name, count, end.Dependence, () => end.With(keys).Measure).Select(Read), last];
    }

    private static ModularCheckpoint Read(Snapshot kept) => new(kept, !kept.Has("neuron_shares") ? null : new(
        kept.Read<double>("neuron_shares"), kept.Read<double>("embedding_norms"), kept.Read<double>("output_norms"),
        kept.Read<double>("embedding_amplitudes"), kept.Read<double>("restricted_loss")[0], kept.Read<double>("excluded_loss")[0]));

    /// <summary>Measures checkpoints, neighbours one after another.</summary>
    private sealed class Measuring
    {
        public const string Name = "modular-1"; // what is measured; another number wherever other numbers would come out

        private readonly Run _run;
        private readonly IReadOnlyList<long> _steps;
        private readonly ParameterLayout _layout;
        private readonly Lazy<ModularFourier?> _fourier;
        private readonly Lazy<HeadCircuits[]> _last;
        private IReadOnlyList<int>? _keyFrequencies;
        private int _at = -1;
        private HeadCircuits[]? _heads;

        public Measuring(Run run, IReadOnlyList<long> steps, Lazy<HeadCircuits[]>? last = null)
        {
            var study = (ModularStudy)run.Study;
            (_run, _steps, _layout) = (run, steps, study.Shape.Layout());
            _last = last ?? new(() => Circuits(Weights(steps.Count - 1)));
            _fourier = new(() =>
                study.Operation.Order is { Frequencies: > 0 } ? new(study.NewModel(), study.Operation, study.Training) : null);
        }

        /// <summary>The same with a workspace of its own, on other than a checkpoint's own key frequencies.</summary>
        public Measuring With(IReadOnlyList<int>? keyFrequencies) => new(_run, _steps, _last) { _keyFrequencies = keyFrequencies };

        /// <summary>The checkpoints that the measures of one depend on: itself, the one before, the last.</summary>
        public IEnumerable<long> Dependence(int i) => [_steps[i], _steps[Max(0, i - 1)], _steps[^1]];

        public Snapshot Measure(int i)
        {
            float[] weights = Weights(i);
            HeadCircuits[] heads = Circuits(weights);
            HeadCircuits[]? before = i == 0 ? null : i == _at + 1 ? _heads : Circuits(Weights(i - 1));
            (_at, _heads) = (i, heads);
            Snapshot kept = new Snapshot(_steps[i], null).WithCircuits(heads).WithDistances(heads, _last.Value).WithTurning(heads, before);
            return _fourier.Value?.Of(weights, _keyFrequencies) is not { } spectrum
                ? kept
                : kept.With("neuron_shares", spectrum.NeuronShares).With("embedding_norms", spectrum.EmbeddingNorms)
                    .With("output_norms", spectrum.OutputNorms).With("embedding_amplitudes", spectrum.EmbeddingAmplitudes)
                    .With("restricted_loss", [spectrum.RestrictedLoss]).With("excluded_loss", [spectrum.ExcludedLoss]);
        }

        private float[] Weights(int i) => _run.Weights<float>(_steps[i], _layout);

        private HeadCircuits[] Circuits(float[] weights) => HeadCircuits.Of(_layout, 1, weights);
    }
}
