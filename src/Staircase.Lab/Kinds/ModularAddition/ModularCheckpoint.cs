using Staircase.Transformers;

namespace Staircase.Lab;

/// <summary>What is measured of a model at a checkpoint.</summary>
/// <param name="Step">The step.</param>
/// <param name="Heads">Its heads.</param>
/// <param name="Spectrum">Its Fourier measures; null where the operation has no circle.</param>
internal sealed record ModularCheckpoint(long Step, IReadOnlyList<HeadMeasures> Heads, ModularSpectrum? Spectrum)
{
    /// <summary>Measures all checkpoints of a training. Key frequencies are those of the last one: what is excluded early is what will matter.</summary>
    public static IReadOnlyList<ModularCheckpoint> Measure(ModularStudy study, IReadOnlyList<(long Step, float[] Weights)> checkpoints)
    {
        ModularFourier? fourier = study.Operation.Order is { Frequencies: > 0 } ? new(study.Model, study.Operation, study.Training) : null;
        IReadOnlyList<int>? keys = checkpoints.Count == 0 ? null : fourier?.Of(checkpoints[^1].Weights).KeyFrequencies;
        IReadOnlyList<HeadCircuits> last = checkpoints.Count == 0 ? [] : Circuits(checkpoints[^1].Weights), previous = [];
        var measured = new List<ModularCheckpoint>();
        foreach ((long step, float[] weights) in checkpoints)
        {
            IReadOnlyList<HeadCircuits> now = Circuits(weights);
            HeadMeasures[] heads = [.. now.Select((head, i) => head.Measure(previous.Count > 0 ? previous[i] : null, last[i]))];
            measured.Add(new(step, heads, fourier?.Of(weights, keys)));
            previous = now;
        }

        return measured;

        IReadOnlyList<HeadCircuits> Circuits(float[] weights) => HeadCircuits.Of(study.Model.Layout, 0, weights);
    }
}
