using System.Collections.Concurrent;
using System.Numerics;

namespace Staircase.Native;

/// <summary>Something that a handle stands for: it is read as named texts and named arrays.</summary>
internal abstract class Item
{
    private readonly ConcurrentDictionary<string, byte[]> _texts = new();

    /// <summary>What it is, with its article.</summary>
    public abstract string What { get; }

    /// <summary>A text by its name, made once.</summary>
    /// <exception cref="InputException">There is none of this name.</exception>
    public ReadOnlySpan<byte> Text(string name)
    {
        if (_texts.TryGetValue(name, out byte[]? known))
            return known;
        lock (_texts)
            return _texts[name] = Utf8.Bytes(MakeText(name) ?? throw Unknown("text", name));
    }

    /// <summary>An array by its name.</summary>
    /// <exception cref="InputException">There is none of this name.</exception>
    public NamedArray Array(string name)
    {
        lock (_texts)
            return MakeArray(name) ?? throw Unknown("array", name);
    }

    /// <summary>A text; null where there is none of this name.</summary>
    protected virtual string? MakeText(string name) => null;

    /// <summary>An array; null where there is none of this name.</summary>
    protected virtual NamedArray? MakeArray(string name) => null;

    /// <summary>Findings as texts: <c>findings</c>, <c>tables</c>, <c>sentences</c>.</summary>
    protected static string? TextOf(Findings findings, Document document, string name) => name switch
    {
        "findings" => document.Text,
        "tables" => Json.Text(Json.List(findings.Tables, Json.Of)),
        "sentences" => Json.Text(Json.Texts(findings.Sentences)),
        _ => null,
    };

    private InputException Unknown(string kind, string name) => new($"{What} has no {kind} '{name}'.");
}

/// <summary>An array that goes out: numbers in C order, and their shape.</summary>
/// <param name="Type">1 for double, 2 for 64-bit integers, 3 for single precision.</param>
/// <param name="Shape">The shape.</param>
/// <param name="CopyTo">Writes the numbers as bytes into memory that is large enough.</param>
internal sealed record NamedArray(int Type, long[] Shape, NamedArray.Copy CopyTo)
{
    /// <summary>Writes numbers into a caller's memory.</summary>
    public delegate void Copy(Span<byte> destination);

    /// <summary>The size in bytes.</summary>
    public long ByteLength => Shape.Aggregate(Type == 3 ? 4L : 8L, (product, axis) => checked(product * axis));

    /// <summary>Of an array of double, long or float.</summary>
    public static NamedArray Of<T>(T[] values, params long[] shape)
        where T : unmanaged, INumber<T> =>
        new(TypeOf<T>(), shape.Length > 0 ? shape : [values.Length], to => MemoryMarshal.AsBytes(values.AsSpan()).CopyTo(to));

    /// <summary>Of a column.</summary>
    public static NamedArray Of<T>(IReadOnlyList<T> values)
        where T : unmanaged, INumber<T>
    {
        return new(TypeOf<T>(), [values.Count], to =>
        {
            if (values is List<T> list)
                MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(list)).CopyTo(to);
            else
                MemoryMarshal.AsBytes(values.ToArray().AsSpan()).CopyTo(to);
        });
    }

    private static int TypeOf<T>() => typeof(T) == typeof(double) ? 1 : typeof(T) == typeof(long) ? 2 : 3;
}
