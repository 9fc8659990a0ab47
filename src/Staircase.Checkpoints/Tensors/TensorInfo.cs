using System.Collections.Immutable;

namespace Staircase.Checkpoints;

/// <summary>What a file's header says about one tensor.</summary>
/// <param name="Name">The tensor's name, case-sensitive.</param>
/// <param name="ElementType">The element type, <see cref="ElementType.Unknown"/> if it is not one we know.</param>
/// <param name="TypeName">The element type in the file's own words (<c>BF16</c>, <c>&lt;f8</c>).</param>
/// <param name="Shape">The shape; empty for a scalar.</param>
/// <param name="ByteOffset">Where the data begin: in the file, or for an npz in the uncompressed member.</param>
/// <param name="ByteLength">The length of the data in bytes.</param>
public sealed record TensorInfo(
    string Name, ElementType ElementType, string TypeName, ImmutableArray<long> Shape, long ByteOffset, long ByteLength)
{
    /// <summary>The product of the shape; 1 for a scalar.</summary>
    public long ElementCount { get; } = TensorShape.ElementCount(Shape.AsSpan())
        ?? throw new ArgumentException($"Shape {TensorShape.Format(Shape.AsSpan())} has no element count.", nameof(Shape));

    /// <exception cref="CheckpointFormatException">It cannot be read as numbers.</exception>
    internal void RequireReadable(ErrorContext context)
    {
        if (!ElementType.IsReadable())
            throw context.Fail(ByteOffset, $"type {DisplayText.Quote(TypeName)}", "a type that can be read as numbers");
    }
}
