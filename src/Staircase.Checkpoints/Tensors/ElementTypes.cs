namespace Staircase.Checkpoints;

/// <summary>Sizes and names of <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    /// <summary>The size of one element in bits; 0 for <see cref="ElementType.Unknown"/>.</summary>
    public static int BitSize(this ElementType type) => type switch
    {
        ElementType.F4 => 4,
        ElementType.F6E2M3 or ElementType.F6E3M2 => 6,
        ElementType.Bool or ElementType.U8 or ElementType.I8
            or ElementType.F8E4M3 or ElementType.F8E5M2 or ElementType.F8E8M0 => 8,
        ElementType.U16 or ElementType.I16 or ElementType.F16 or ElementType.BF16 => 16,
        ElementType.U32 or ElementType.I32 or ElementType.F32 => 32,
        ElementType.U64 or ElementType.I64 or ElementType.F64 or ElementType.C64 => 64,
        _ => 0,
    };

    /// <summary>Whether elements are integers (or booleans, read as 0 and 1).</summary>
    public static bool IsInteger(this ElementType type) => type
        is ElementType.Bool
        or ElementType.U8 or ElementType.I8 or ElementType.U16 or ElementType.I16
        or ElementType.U32 or ElementType.I32 or ElementType.U64 or ElementType.I64;

    /// <summary>Whether the readers can turn elements into numbers.</summary>
    public static bool IsReadable(this ElementType type) => type
        is not (ElementType.Unknown or ElementType.F4 or ElementType.F6E2M3 or ElementType.F6E3M2 or ElementType.C64);

    /// <summary>The name in a safetensors header, such as <c>F8_E4M3</c>.</summary>
    public static string SafetensorsName(this ElementType type) => type switch
    {
        ElementType.Bool => "BOOL",
        ElementType.F8E4M3 => "F8_E4M3",
        ElementType.F8E5M2 => "F8_E5M2",
        ElementType.F8E8M0 => "F8_E8M0",
        ElementType.F6E2M3 => "F6_E2M3",
        ElementType.F6E3M2 => "F6_E3M2",
        _ => type.ToString(),
    };

    internal static ElementType FromSafetensorsName(string name)
        => BySafetensorsName.GetValueOrDefault(name, ElementType.Unknown);

    private static readonly Dictionary<string, ElementType> BySafetensorsName = Enum.GetValues<ElementType>()
        .Where(type => type != ElementType.Unknown)
        .ToDictionary(SafetensorsName, StringComparer.Ordinal);
}
