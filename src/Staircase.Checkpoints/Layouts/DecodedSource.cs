using System.Diagnostics.CodeAnalysis;

namespace Staircase.Checkpoints;

/// <summary>
/// A checkpoint whose tensors are read as what they mean: codes times the scales beside them, never the codes; with the products of a LoRA
/// adapter's factors as tensors of their own, <c>….lora_product</c>.
/// </summary>
/// <param name="source">The checkpoint, which this takes over.</param>
public sealed class DecodedSource(ITensorSource source) : ITensorSource
{
    private readonly Lazy<StoredWeights> _weights = new(() => new(source, ModelConfig.Of(source)));
    private IReadOnlyList<TensorInfo>? _tensors;

    /// <inheritdoc/>
    public string Path => source.Path;

    /// <inheritdoc/>
    public IReadOnlyList<TensorInfo> Tensors => _tensors ??= [.. source.Tensors, .. _weights.Value.Products.Select(Info)];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata => source.Metadata;

    /// <inheritdoc/>
    public string FileOf(string name) => source.FileOf(name);

    /// <inheritdoc/>
    public bool TryGetInfo(string name, [NotNullWhen(true)] out TensorInfo? info) =>
        source.TryGetInfo(name, out info) || (info = _weights.Value.Matrix(name) is { } product ? Info(product) : null) is not null;

    /// <inheritdoc/>
    public double[] ReadDouble(string name)
    {
        bool isPlain = source.TryGetInfo(name, out TensorInfo? info)
            && info.ElementType is ElementType.F64 or ElementType.F32 or ElementType.F16 or ElementType.BF16;
        if (isPlain || _weights.Value.Matrix(name) is not { } weight)
            return source.ReadDouble(name);
        return weight.Refusal is null ? weight.Read(source)
            : throw new ErrorContext(source.Path, name).Fail(
                null, $"a tensor that is not read: {weight.Refusal}", "numbers that say what they mean");
    }

    /// <inheritdoc/>
    public void Visit(string name, TensorVisitor visit)
    {
        ArgumentNullException.ThrowIfNull(visit);
        visit(ReadDouble(name));
    }

    /// <inheritdoc/>
    public void Dispose() => source.Dispose();

    private static TensorInfo Info(StoredWeight weight) =>
        weight.Tensors[0] with { Name = weight.Name, Shape = [.. weight.Shape] };
}
