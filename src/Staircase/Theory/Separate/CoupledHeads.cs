using Staircase.Kernels;

namespace Staircase;

/// <summary>Heads that move together, Ẇ = −½ ∂L/∂W, beside others that rest: how they pass through a drop.</summary>
/// <param name="model">The heads that move.</param>
/// <param name="loss">What they lower.</param>
/// <param name="size">The weights that move: the whole vector, or the in-context prefix.</param>
/// <param name="rest">The map of the heads that rest.</param>
/// <remarks>Errors are compared with the size of the head, so that a tolerance means as much to every head.</remarks>
internal sealed class CoupledHeads(SeparateAttention model, IAttentionLoss loss, int size, double[] rest) : ISizedField
{
    private readonly double[] _map = new double[rest.Length];
    private readonly double[] _drive = new double[rest.Length];
    private readonly ParameterBlock[] _blocks = [.. model.Layout.Table.Where(block => block.Offset < size)];
    private readonly double[] _own = new double[model.Heads];

    /// <inheritdoc/>
    public int Size => size;

    /// <summary>The map t of all heads at the weights evaluated last.</summary>
    public ReadOnlySpan<double> Map => _map;

    /// <summary>−½ ∂L/∂t there: what drives every coefficient of the map.</summary>
    public ReadOnlySpan<double> Drive => _drive;

    /// <summary>The loss at weights, with <see cref="Map"/> and <see cref="Drive"/>.</summary>
    public double At(ReadOnlySpan<double> weights)
    {
        MapAt(weights);
        double value = loss.Evaluate(_map, _drive);
        VectorKernels.Scale(-0.5, _drive, _drive);
        return value;
    }

    /// <summary><see cref="Map"/> at weights, and nothing else.</summary>
    public void MapAt(ReadOnlySpan<double> weights)
    {
        model.Map(weights, _map);
        VectorKernels.AddScaled(1, rest, _map);
    }

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> y, Span<double> derivative)
    {
        double value = At(y);
        model.PullBack(y, _drive, derivative);
        return value;
    }

    /// <inheritdoc/>
    public void Sizes(ReadOnlySpan<double> y, Span<double> sizes)
    {
        Span<double> own = _own;
        own.Clear();
        foreach (ParameterBlock block in _blocks)
        {
            int length = block.Length / own.Length;
            for (int head = 0; head < own.Length; head++)
                own[head] += VectorKernels.SumOfSquares(y.Slice(block.Offset + head * length, length));
        }

        for (int head = 0; head < own.Length; head++)
            own[head] = Math.Sqrt(own[head]);
        foreach (ParameterBlock block in _blocks)
        {
            int length = block.Length / own.Length;
            for (int head = 0; head < own.Length; head++)
                sizes.Slice(block.Offset + head * length, length).Fill(own[head]);
        }
    }
}
