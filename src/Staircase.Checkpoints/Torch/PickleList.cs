using System.Collections.Immutable;

namespace Staircase.Checkpoints;

/// <summary>A Python list: plain numbers are kept without boxes, as a file may carry a history of hundreds of thousands.</summary>
internal sealed class PickleList
{
    /// <summary>The numbers, while there is nothing else in the list.</summary>
    public List<double>? Numbers { get; private set; }

    /// <summary>The items, where they are not all floats.</summary>
    public List<object?>? Items { get; private set; }

    public int Count => Numbers?.Count ?? Items?.Count ?? 0;

    public void Add(object? item)
    {
        if (item is double number && Items is null)
        {
            (Numbers ??= []).Add(number);
            return;
        }

        if (Items is null)
        {
            Items = [.. (Numbers ?? []).Cast<object?>()];
            Numbers = null;
        }

        Items.Add(item);
    }

    public object? this[int index] => Numbers is { } numbers ? numbers[index] : Items![index];
}

/// <summary>A Python tuple.</summary>
internal sealed class PickleTuple(object?[] items)
{
    public object?[] Items => items;
}

/// <summary>A Python dict. Keys that are neither text nor integers are dropped: no weight has such a name.</summary>
internal sealed class PickleDict
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    /// <summary>Keys in order of insertion, integers as text.</summary>
    public List<string> Keys { get; } = [];

    public object? this[string key] => _values.GetValueOrDefault(key);

    public void Set(object? key, object? value)
    {
        string? text = key switch { string s => s, long number => number.ToString(System.Globalization.CultureInfo.InvariantCulture), _ => null };
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

/// <summary>What a pickle would make by calling something that is not on the list: kept as the call that was asked for.</summary>
internal sealed class PickleOpaque(object? callable, object? arguments)
{
    public object? Callable => callable;

    public object? Arguments => arguments;

    /// <summary>What was set on it as on a dict.</summary>
    public PickleDict? Items { get; set; }

    /// <summary>What it would be built from.</summary>
    public object? State { get; set; }
}

/// <summary>A storage: a member of the archive with numbers of one type.</summary>
internal sealed record TorchStorage(string Key, string TypeName, ElementType Type, int ItemBytes, long Offset, long ByteLength);

/// <summary>A tensor: a strided view of a storage.</summary>
internal sealed record TorchTensor(
    TorchStorage Storage, ElementType Type, string TypeName, int ItemBytes, long Offset, ImmutableArray<long> Shape, ImmutableArray<long> Strides);
