namespace Staircase.Checkpoints;

/// <summary>A weight as what it means: a tensor, codes times scales, a base and an adapter's product.</summary>
/// <param name="Name">The name that layouts know it by, without what wrappers add.</param>
/// <param name="Tensors">The tensors that it is read from, the weight's own first.</param>
/// <param name="How">How it is read, where that is not plain.</param>
/// <param name="Refusal">Why it cannot be read; null where it can.</param>
internal sealed record StoredWeight(
    string Name, long[] Shape, IReadOnlyList<TensorInfo> Tensors, string? How = null, string? Refusal = null)
{
    /// <summary>Turns the values of the tensors, in their order, into the weight's.</summary>
    public Func<double[][], double[]> Combine { get; init; } = values => values[0];

    /// <summary>Reads it from a checkpoint of the same shape.</summary>
    /// <exception cref="CheckpointFormatException">A tensor is missing, malformed, or of another shape.</exception>
    public double[] Read(ITensorSource source)
    {
        foreach (TensorInfo tensor in Tensors)
        {
            bool isThere = source.TryGetInfo(tensor.Name, out TensorInfo? info);
            if (isThere && info!.Shape.SequenceEqual(tensor.Shape) && info.ElementType.IsReadable())
                continue;
            throw new ErrorContext(source.Path, tensor.Name).Fail(
                null, info is null ? "no such tensor" : $"{info.TypeName} {TensorShape.Format(info.Shape.AsSpan())}",
                $"{tensor.TypeName} {TensorShape.Format(tensor.Shape.AsSpan())}, as in the checkpoint that the layout was found in");
        }

        return Combine([.. Tensors.Select(tensor => source.ReadDouble(tensor.Name))]);
    }
}
