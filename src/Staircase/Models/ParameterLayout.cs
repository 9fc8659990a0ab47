namespace Staircase;

/// <summary>
/// The one table that says where each parameter lies; it serves weights, gradients, optimizer states and checkpoints alike.
/// In-context blocks come first, so that a prefix of the weight vector is the model with every other block zero.
/// </summary>
public sealed class ParameterLayout
{
    private readonly ParameterBlock[] _blocks;

    private ParameterLayout(ParameterBlock[] blocks)
    {
        _blocks = blocks;
        Count = blocks.Sum(block => block.Length);
        InContextCount = blocks.Where(block => block.InContext).Sum(block => block.Length);
    }

    /// <summary>The blocks in their order.</summary>
    public IReadOnlyList<ParameterBlock> Blocks => _blocks;

    /// <summary>The same as an array, for loops that count time.</summary>
    internal ParameterBlock[] Table => _blocks;

    /// <summary>The length of a weight vector.</summary>
    public int Count { get; }

    /// <summary>The length of its in-context prefix.</summary>
    public int InContextCount { get; }

    /// <summary>The block of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public ParameterBlock this[string name]
    {
        get
        {
            foreach (ParameterBlock block in _blocks)
            {
                if (block.Name == name)
                    return block;
            }

            throw new KeyNotFoundException(
                $"There is no parameter block '{name}'; there are {string.Join(", ", _blocks.Select(b => b.Name))}.");
        }
    }

    /// <summary>The part of a weight vector that belongs to a block.</summary>
    public Span<T> Slice<T>(Span<T> weights, string name) => this[name].In(weights);

    /// <inheritdoc cref="Slice{T}(Span{T}, string)"/>
    public ReadOnlySpan<T> Slice<T>(ReadOnlySpan<T> weights, string name) => this[name].In(weights);

    /// <summary>Whether every block outside the in-context part is zero.</summary>
    public bool HasZeroBlocks(ReadOnlySpan<double> weights) => !weights[InContextCount..].ContainsAnyExcept(0.0);

    /// <summary>The same function written in the eigenbasis of the inputs: every input axis is multiplied by Eᵀ.</summary>
    /// <param name="weights">A whole weight vector in the token basis.</param>
    /// <param name="basis">E, whose columns are the eigenvectors; null leaves the weights as they are.</param>
    public double[] ToEigenbasis(ReadOnlySpan<double> weights, double[,]? basis)
    {
        double[] result = weights.ToArray();
        if (basis is null)
            return result;
        foreach (ParameterBlock block in Blocks)
        {
            for (int axis = 0; axis < block.Axes.Length; axis++)
            {
                if (block.Axes[axis] == ParameterAxis.Input)
                    RotateAxis(result.AsSpan(block.Offset, block.Length), block.Shape, axis, basis);
            }
        }

        return result;
    }

    /// <summary>A table of named tensors, one after another, for models without an in-context part.</summary>
    /// <exception cref="OverflowException">The weights would not fit into one array.</exception>
    public static ParameterLayout Of(IEnumerable<(string Name, int[] Shape)> tensors) =>
        Of([.. tensors.Select(t => (t.Name, false, 1, t.Shape.Select(size => (ParameterAxis.Other, size)).ToArray()))]);

    /// <summary>Builds a table from (name, in-context, published layer size, axes with sizes) rows.</summary>
    internal static ParameterLayout Of(params (string Name, bool InContext, int LayerSize, (ParameterAxis Axis, int Size)[] Axes)[] rows)
    {
        var blocks = new ParameterBlock[rows.Length];
        int offset = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            blocks[i] = new(rows[i].Name, offset, [.. rows[i].Axes.Select(a => a.Size)], [.. rows[i].Axes.Select(a => a.Axis)],
                rows[i].InContext, rows[i].LayerSize);
            offset = checked(offset + blocks[i].Length);
        }

        return new(blocks);
    }

    private static void RotateAxis(Span<double> values, int[] shape, int axis, double[,] basis)
    {
        int D = shape[axis], inner = 1;
        for (int i = axis + 1; i < shape.Length; i++)
            inner *= shape[i];
        Span<double> line = stackalloc double[D];
        for (int start = 0; start < values.Length; start += D * inner)
        {
            for (int i = 0; i < inner; i++)
            {
                for (int d = 0; d < D; d++)
                {
                    double sum = 0;
                    for (int k = 0; k < D; k++)
                        sum += basis[k, d] * values[start + k * inner + i];
                    line[d] = sum;
                }

                for (int d = 0; d < D; d++)
                    values[start + d * inner + i] = line[d];
            }
        }
    }
}
