namespace Staircase.Checkpoints;

/// <summary>The type of a stored element, in the words of safetensors.</summary>
public enum ElementType
{
    /// <summary>A type this library does not know; it is listed with its own name and cannot be read.</summary>
    Unknown = 0,

    /// <summary>One byte; zero is false and anything else is true.</summary>
    Bool,

    /// <summary>Unsigned 8-bit integer.</summary>
    U8,

    /// <summary>Signed 8-bit integer.</summary>
    I8,

    /// <summary>Unsigned 16-bit integer.</summary>
    U16,

    /// <summary>Signed 16-bit integer.</summary>
    I16,

    /// <summary>IEEE 754 half precision.</summary>
    F16,

    /// <summary>bfloat16, the upper half of a single.</summary>
    BF16,

    /// <summary>Unsigned 32-bit integer.</summary>
    U32,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>IEEE 754 single precision.</summary>
    F32,

    /// <summary>Unsigned 64-bit integer.</summary>
    U64,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>IEEE 754 double precision.</summary>
    F64,

    /// <summary>8-bit float, 4 exponent and 3 mantissa bits, no infinities (the OCP "FN" variant).</summary>
    F8E4M3,

    /// <summary>8-bit float, 5 exponent and 2 mantissa bits, the upper half of a half.</summary>
    F8E5M2,

    /// <summary>8-bit power of two, used as a block scale.</summary>
    F8E8M0,

    /// <summary>4-bit float, two in a byte; listed, not read.</summary>
    F4,

    /// <summary>6-bit float, 2 exponent and 3 mantissa bits; listed, not read.</summary>
    F6E2M3,

    /// <summary>6-bit float, 3 exponent and 2 mantissa bits; listed, not read.</summary>
    F6E3M2,

    /// <summary>Two singles, a complex number; listed, not read.</summary>
    C64,
}
