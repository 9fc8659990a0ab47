using System.Collections.Immutable;

namespace Staircase.Checkpoints;

/// <summary>
/// A Python list. Floats at its beginning are counted and forgotten: a file may carry a history of millions, and no weight is made of them.
/// </summary>
internal sealed class PickleList
{
    private int _floats;

    /// <summary>The items, null for each of the floats before them; null where all are floats.</summary>
    public List<object?>? Items { get; private set; }

    public int Count => Items?.Count ?? _floats;

    public void Add(object? item)
    {
        if (item is double && Items is null)
            _floats++;
        else
            (Items ??= [.. new object?[_floats]]).Add(item);
    }

    public object? this[int index] => Items?[index];
}

/// <summary>A Python tuple.</summary>
internal sealed class PickleTuple(object?[] items)
{
    public object?[] Items => items;
}

/// <summary>A Python dict. Keys that are neither text nor integers are dropped: no weight has such a name.</summary>
internal sealed class PickleDict
{
    private readonly Dictionary<string, object?> _values = [];

    /// <summary>Keys in order of insertion, integers as text.</summary>
    public List<string> Keys { get; } = [];

    public object? this[string key] => _values.GetValueOrDefault(key);

    public void Set(object? key, object? value)
    {
        string? text = key is long number ? number.ToString(InvariantCulture) : key as string;
        if (text is null)
            return;
        if (!_values.ContainsKey(text))
            Keys.Add(text);
        _values[text] = value;
    }
}

/// <summary>A name in a module: never looked up, never called.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>What a pickle would make by calling something that is not on the list.</summary>
internal sealed class PickleOpaque
{
    /// <summary>What was set on it as on a dict.</summary>
    public PickleDict? Items { get; set; }

    /// <summary>What it would be built from.</summary>
    public object? State { get; set; }
}

/// <summary>A storage: a member of the archive with numbers of one type.</summary>
internal sealed record TorchStorage(string Key, string TypeName, ElementType Type, int ItemBytes, long Offset, long ByteLength);

/// <summary>A tensor: a strided view of a storage.</summary>
internal sealed record TorchTensor(
    TorchStorage Storage, ElementType Type, string TypeName, int ItemBytes, long Offset,
    ImmutableArray<long> Shape, ImmutableArray<long> Strides);
