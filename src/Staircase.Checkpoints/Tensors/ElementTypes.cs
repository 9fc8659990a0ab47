using static Staircase.Checkpoints.ElementType;

namespace Staircase.Checkpoints;

/// <summary>Sizes and names of <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    /// <summary>The types in their order, with their sizes in bits and what each format calls them.</summary>
    private static readonly Entry[] Known =
    [
        new(Unknown, 0, nameof(Unknown)),
        new(Bool, 8, "BOOL", "b1", "bool", "BoolStorage"),
        new(U8, 8, "U8", "u1", "uint8", "ByteStorage"),
        new(I8, 8, "I8", "i1", "int8", "CharStorage"),
        new(U16, 16, "U16", "u2", "uint16"),
        new(I16, 16, "I16", "i2", "int16", "ShortStorage"),
        new(F16, 16, "F16", "f2", "float16", "HalfStorage"),
        new(BF16, 16, "BF16", null, "bfloat16", "BFloat16Storage"),
        new(U32, 32, "U32", "u4", "uint32"),
        new(I32, 32, "I32", "i4", "int32", "IntStorage"),
        new(F32, 32, "F32", "f4", "float32", "FloatStorage"),
        new(U64, 64, "U64", "u8", "uint64"),
        new(I64, 64, "I64", "i8", "int64", "LongStorage"),
        new(F64, 64, "F64", "f8", "float64", "DoubleStorage"),
        new(F8E4M3, 8, "F8_E4M3", null, "float8_e4m3fn"),
        new(F8E5M2, 8, "F8_E5M2", null, "float8_e5m2"),
        new(F8E8M0, 8, "F8_E8M0", null, "float8_e8m0fnu"),
        new(F4, 4, "F4"),
        new(F6E2M3, 6, "F6_E2M3"),
        new(F6E3M2, 6, "F6_E3M2"),
        new(C64, 64, "C64", null, "complex64", "ComplexFloatStorage"),
    ];

    /// <summary>The size of one element in bits; 0 for <see cref="ElementType.Unknown"/>.</summary>
    public static int BitSize(this ElementType type) => Of(type).Bits;

    /// <summary>Whether elements are integers (or booleans, read as 0 and 1).</summary>
    public static bool IsInteger(this ElementType type) => type is Bool or U8 or I8 or U16 or I16 or U32 or I32 or U64 or I64;

    /// <summary>Whether the readers can turn elements into numbers.</summary>
    public static bool IsReadable(this ElementType type) => type is not (Unknown or F4 or F6E2M3 or F6E3M2 or C64);

    /// <summary>The name in a safetensors header, such as <c>F8_E4M3</c>.</summary>
    public static string SafetensorsName(this ElementType type) => Of(type).Safetensors;

    /// <summary>The name in numpy, without byte order; null where numpy has no such type.</summary>
    internal static string? NumpyName(this ElementType type) => Of(type).Numpy;

    internal static ElementType FromSafetensorsName(string name) => Named(known => known.Safetensors == name);

    internal static ElementType FromNumpyName(string name) => Named(known => known.Numpy == name);

    /// <summary>The type of a dtype, such as <c>float32</c>.</summary>
    internal static ElementType FromTorchName(string name) => Named(known => known.Torch == name);

    /// <summary>The type of a storage, such as <c>FloatStorage</c>.</summary>
    internal static ElementType FromTorchStorageName(string name) => Named(known => known.TorchStorage == name);

    private static Entry Of(ElementType type) => Known[(uint)type < (uint)Known.Length ? (int)type : 0];

    private static ElementType Named(Predicate<Entry> isNamed) => Array.Find(Known, isNamed)?.Type ?? Unknown;

    private sealed record Entry(
        ElementType Type, int Bits, string Safetensors, string? Numpy = null, string? Torch = null, string? TorchStorage = null);
}
