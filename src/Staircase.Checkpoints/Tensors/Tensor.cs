using System.Collections.Immutable;

namespace Staircase.Checkpoints;

/// <summary>A tensor in memory, in double precision and C order.</summary>
public sealed class Tensor
{
    /// <summary>Wraps values, which are not copied; their number must be the product of the shape.</summary>
    public Tensor(string name, IReadOnlyList<long> shape, double[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        Shape = TensorShape.Require(name, shape, values.Length);
        Name = name;
        Values = values;
    }

    /// <summary>The tensor's name, case-sensitive.</summary>
    public string Name { get; }

    /// <summary>The shape; empty for a scalar.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>The values, last axis fastest.</summary>
    public double[] Values { get; }
}
