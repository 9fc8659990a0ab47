using Staircase.Transformers;

namespace Staircase.Lab;

/// <summary>What is measured of a model at a checkpoint.</summary>
/// <param name="Step">The step.</param>
/// <param name="Heads">Its heads.</param>
/// <param name="Spectrum">Its Fourier measures; null where the operation has no circle.</param>
internal sealed record ModularCheckpoint(long Step, IReadOnlyList<HeadMeasures> Heads, ModularSpectrum? Spectrum)
{
    /// <summary>Leading directions whose angles are compared from checkpoint to checkpoint.</summary>
    private const int Directions = 5;

    /// <summary>Weights in single precision have no more than seven digits: what is below is rounding.</summary>
    private const double Cutoff = 1e-5;

    /// <summary>Measures all checkpoints of a training. Key frequencies are those of the last one: what is excluded early is what will matter.</summary>
    public static IReadOnlyList<ModularCheckpoint> Measure(ModularStudy study, IReadOnlyList<(long Step, float[] Weights)> checkpoints)
    {
        ModularFourier? fourier = study.Operation.Order is { Frequencies: > 0 } ? new(study.Model, study.Operation, study.Training) : null;
        IReadOnlyList<int>? keys = checkpoints.Count == 0 ? null : fourier?.Of(checkpoints[^1].Weights).KeyFrequencies;
        (FactoredMatrix QK, FactoredMatrix OV)[] last = checkpoints.Count == 0 ? [] : Circuits(study, checkpoints[^1].Weights), previous = [];
        var measured = new List<ModularCheckpoint>();
        foreach ((long step, float[] weights) in checkpoints)
        {
            (FactoredMatrix QK, FactoredMatrix OV)[] now = Circuits(study, weights);
            HeadMeasures[] heads = [.. now.Select((head, i) => new HeadMeasures(
                CircuitMeasures.Of(head.QK, previous.Length > 0 ? previous[i].QK : null, last[i].QK, byColumns: false, Directions, Cutoff),
                CircuitMeasures.Of(head.OV, previous.Length > 0 ? previous[i].OV : null, last[i].OV, byColumns: true, Directions, Cutoff),
                Marginalized(head.QK), Marginalized(head.OV)))];
            measured.Add(new(step, heads, fourier?.Of(weights, keys)));
            previous = now;
        }

        return measured;
    }

    private static double Marginalized(FactoredMatrix matrix) => matrix.LargestRank < 3 ? double.NaN : EffectiveRank.Normalized(Marginalization.BySize(matrix.SingularValues, 1));

    private static (FactoredMatrix QK, FactoredMatrix OV)[] Circuits(ModularStudy study, float[] weights)
    {
        ModularShape shape = study.Shape;
        int d = shape.Width, h = shape.HeadWidth;
        return [.. Enumerable.Range(0, shape.Heads).Select(i => (
            FactoredMatrix.Product(Matrix("W_Q", i, d, h, false), Matrix("W_K", i, d, h, true)),
            FactoredMatrix.Product(Matrix("W_O", i, h, d, true), Matrix("W_V", i, d, h, true))))];

        double[,] Matrix(string name, int head, int rows, int columns, bool transposed)
        {
            ReadOnlySpan<float> block = study.Model.Layout.Slice((ReadOnlySpan<float>)weights, $"blocks.0.attn.{name}").Slice(head * rows * columns, rows * columns);
            var matrix = transposed ? new double[columns, rows] : new double[rows, columns];
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                    matrix[transposed ? j : i, transposed ? i : j] = block[i * columns + j];
            }

            return matrix;
        }
    }
}

/// <summary>A head at a checkpoint.</summary>
/// <param name="QK">Its circuit W_Q W_Kᵀ; spaces are those of rows, the directions that keys are read from.</param>
/// <param name="OV">Its circuit W_V W_O, transposed to write by columns.</param>
/// <param name="MarginalizedQK">The normalized effective rank of QK without its largest singular value.</param>
/// <param name="MarginalizedOV">The same of OV.</param>
internal sealed record HeadMeasures(CircuitMeasures QK, CircuitMeasures OV, double MarginalizedQK, double MarginalizedOV);
