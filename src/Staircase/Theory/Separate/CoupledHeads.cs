using Staircase.Kernels;

namespace Staircase;

/// <summary>Heads that move together, Ẇ = −½ ∂L/∂W, beside others that rest: how they pass through a drop.</summary>
/// <param name="model">The heads that move.</param>
/// <param name="loss">What they lower.</param>
/// <param name="size">The weights that move: the whole vector, or the in-context prefix.</param>
/// <param name="rest">The map of the heads that rest.</param>
/// <remarks>
/// The unknowns are weights in units of the <see cref="Unit"/> of their head, so that a tolerance means as much to every head.
/// </remarks>
internal sealed class CoupledHeads(SeparateAttention model, IAttentionLoss loss, int size, double[] rest) : IVectorField
{
    private readonly double[] _map = new double[rest.Length];
    private readonly double[] _drive = new double[rest.Length];
    private readonly double[] _weights = new double[size];
    private readonly double[] _inverse = Ones(size);

    /// <inheritdoc/>
    public int Size => size;

    /// <summary>The unit of each weight.</summary>
    public double[] Unit { get; } = Ones(size);

    /// <summary>The map t of all heads at the weights evaluated last.</summary>
    public ReadOnlySpan<double> Map => _map;

    /// <summary>−½ ∂L/∂t there: what drives every coefficient of the map.</summary>
    public ReadOnlySpan<double> Drive => _drive;

    /// <summary>Sets the units of a head.</summary>
    public void SetUnit(int head, double unit)
    {
        for (int block = 0; block < model.Layout.Table.Length; block++)
        {
            model.Part(Unit, block, head).Fill(unit);
            model.Part(_inverse, block, head).Fill(1 / unit);
        }
    }

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
        VectorKernels.Multiply(Unit, y, _weights);
        double value = At(_weights);
        model.PullBack(_weights, _drive, derivative);
        VectorKernels.Multiply(_inverse, derivative, derivative);
        return value;
    }

    private static double[] Ones(int count)
    {
        var ones = new double[count];
        ones.AsSpan().Fill(1);
        return ones;
    }
}
