using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Staircase.Checkpoints;

/// <summary>Tensors in memory, such as those of a model that is being trained.</summary>
public sealed class MemoryTensors : ITensorSource
{
    private readonly Dictionary<string, MemoryTensor> _byName;

    /// <param name="name">What stands for a path in complaints.</param>
    /// <param name="metadata">What is known beside them, such as the keys of a <c>config.json</c>.</param>
    /// <exception cref="ArgumentException">A name is empty, not well-formed, or occurs twice.</exception>
    public MemoryTensors(
        string name, IReadOnlyList<MemoryTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        Path = name;
        Metadata = metadata ?? ImmutableDictionary<string, string>.Empty;
        _byName = new(tensors.Count);
        foreach (MemoryTensor tensor in tensors)
        {
            if (tensor.Info.Name.Length == 0 || !WellFormedText.IsWellFormed(tensor.Info.Name))
                throw new ArgumentException($"{DisplayText.Quote(tensor.Info.Name)} must be a non-empty name without unpaired surrogates.");
            if (!_byName.TryAdd(tensor.Info.Name, tensor))
                throw new ArgumentException($"The name {DisplayText.Quote(tensor.Info.Name)} occurs twice.");
        }

        Tensors = [.. tensors.Select(tensor => tensor.Info)];
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <inheritdoc/>
    public bool TryGetInfo(string name, [NotNullWhen(true)] out TensorInfo? info)
    {
        info = _byName.TryGetValue(name, out MemoryTensor? tensor) ? tensor.Info : null;
        return info is not null;
    }

    /// <inheritdoc/>
    public double[] ReadDouble(string name)
    {
        (MemoryTensor tensor, ErrorContext context) = Readable(name);
        return ElementDecoder.Read(tensor.Info.ElementType, bigEndian: false, tensor.Info.ElementCount, tensor.FromStart(), context);
    }

    /// <inheritdoc/>
    public void Visit(string name, TensorVisitor visit)
    {
        (MemoryTensor tensor, ErrorContext context) = Readable(name);
        ElementDecoder.Visit(tensor.Info.ElementType, bigEndian: false, tensor.Info.ElementCount, tensor.FromStart(), visit);
    }

    /// <summary>The same with a copy of its own, for when the memory goes.</summary>
    public MemoryTensors Copy() => new(Path, [.. _byName.Values.Select(tensor => tensor.Copy())], Metadata);

    /// <inheritdoc/>
    public void Dispose()
    {
        // The memory is its owner's.
    }

    private (MemoryTensor Tensor, ErrorContext Context) Readable(string name)
    {
        if (!_byName.TryGetValue(name, out MemoryTensor? tensor))
            throw DisplayText.Missing(Path, "tensor", name, [.. _byName.Keys]);
        var context = new ErrorContext(Path, name);
        tensor.Info.RequireReadable(context);
        return (tensor, context);
    }
}
