using System.Collections.Immutable;

namespace Staircase.Checkpoints;

/// <summary>Arithmetic on shapes, checked.</summary>
internal static class TensorShape
{
    public const int MostAxes = 64; // more axes than any program writes (numpy stops at 64); a longer shape is an attack on memory

    /// <summary>∏ shape, or null if an axis is negative or the product does not fit a long. The product of no axes is 1.</summary>
    public static long? ElementCount(ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long axis in shape)
        {
            if (axis < 0)
                return null;
            Int128 product = (Int128)count * axis;
            if (product > long.MaxValue)
                return null;
            count = (long)product;
        }

        return count;
    }

    /// <summary>∏ shape · bits / 8, or null if that overflows or is not a whole number of bytes.</summary>
    public static long? ByteCount(long elements, ElementType type)
    {
        Int128 bits = (Int128)elements * type.BitSize();
        return bits % 8 == 0 && bits / 8 <= long.MaxValue ? (long)(bits / 8) : null;
    }

    public static string Format(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    /// <summary>Copies a caller's shape, and checks it against the number of values.</summary>
    public static ImmutableArray<long> Require(string name, IReadOnlyList<long> shape, long valueCount)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(shape);
        ImmutableArray<long> copy = [.. shape];
        if (copy.Length > MostAxes)
        {
            throw new ArgumentException(
                $"Tensor {DisplayText.Quote(name)} has {copy.Length} axes; at most {MostAxes} are supported.", nameof(shape));
        }

        if (ElementCount(copy.AsSpan()) != valueCount)
        {
            throw new ArgumentException(
                $"Tensor {DisplayText.Quote(name)} of shape {Format(copy.AsSpan())} was given {valueCount} values.", nameof(shape));
        }

        return copy;
    }
}
