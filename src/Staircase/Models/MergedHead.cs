namespace Staircase;

/// <summary>
/// One head with merged key and query where it lies in a weight vector: a view, so that what is written to it is written to the weights.
/// </summary>
/// <remarks>The other blocks are empty where the vector is the in-context prefix alone, and in the network on cubic features.</remarks>
public readonly ref struct MergedHead
{
    private readonly ref double _value;

    internal MergedHead(MergedModel model, Span<double> weights, int head)
    {
        _value = ref model.Part(weights, 0, head)[0];
        KeyQuery = new(model.Part(weights, 1, head), model.InputDimension);
        ValueInput = model.Part(weights, 2, head);
        KeyQueryLabel = model.Part(weights, 3, head);
    }

    /// <summary>v.</summary>
    public ref double Value => ref _value;

    /// <summary>U, the input rows of KQ, D×D.</summary>
    public MatrixSpan KeyQuery { get; }

    /// <summary>V, the input entries of the last row of the value matrix, of length D.</summary>
    public Span<double> ValueInput { get; }

    /// <summary>u, the label row of KQ, of length D.</summary>
    public Span<double> KeyQueryLabel { get; }
}
