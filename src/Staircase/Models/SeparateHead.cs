namespace Staircase;

/// <summary>
/// One head of separate attention where it lies in a weight vector: a view, so that what is written to it is written to the weights.
/// </summary>
/// <remarks>The other blocks are empty where the vector is the in-context prefix alone.</remarks>
public readonly ref struct SeparateHead
{
    private readonly ref double _value;

    internal SeparateHead(SeparateAttention model, Span<double> weights, int head)
    {
        _value = ref model.Part(weights, 0, head)[0];
        Key = new(model.Part(weights, 1, head), model.InputDimension);
        Query = new(model.Part(weights, 2, head), model.InputDimension);
        ValueInput = model.Part(weights, 3, head);
        KeyLabel = model.Part(weights, 4, head);
    }

    /// <summary>v.</summary>
    public ref double Value => ref _value;

    /// <summary>The input columns of K, R×D: a row for each key–query pair.</summary>
    public MatrixSpan Key { get; }

    /// <summary>Q, R×D.</summary>
    public MatrixSpan Query { get; }

    /// <summary>V, the input entries of the last row of the value matrix, of length D.</summary>
    public Span<double> ValueInput { get; }

    /// <summary>l, the label column of K, of length R.</summary>
    public Span<double> KeyLabel { get; }

    /// <summary>What the head adds to the strength of a mode, Σ_r (v k_rd + l_r V_d) q_rd.</summary>
    /// <param name="mode">d, if the weights are written in the eigenbasis.</param>
    public double Strength(int mode)
    {
        double sum = 0;
        for (int r = 0; r < Key.Rows; r++)
            sum += (Value * Key[r, mode] + (KeyLabel.IsEmpty ? 0 : KeyLabel[r] * ValueInput[mode])) * Query[r, mode];
        return sum;
    }
}
