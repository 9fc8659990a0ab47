#pragma warning disable MA0048 // the shapes of one family

namespace Staircase.Kernels;

/// <summary>The size of a register tile as compile-time constants.</summary>
internal interface ITileShape
{
    /// <summary>Rows, 4 or 8.</summary>
    static abstract int Rows { get; }

    /// <summary>Vectors per row, 1 or 2.</summary>
    static abstract int Vectors { get; }

    /// <summary>Whether the sums go on from what C holds, term by term, instead of being added to it.</summary>
    static virtual bool GoesOn => false;
}

internal readonly struct Tile8x2 : ITileShape
{
    public static int Rows => 8;

    public static int Vectors => 2;
}

internal readonly struct Tile8x1 : ITileShape
{
    public static int Rows => 8;

    public static int Vectors => 1;
}

internal readonly struct Tile4x2 : ITileShape
{
    public static int Rows => 4;

    public static int Vectors => 2;
}

internal readonly struct Tile4x1 : ITileShape
{
    public static int Rows => 4;

    public static int Vectors => 1;
}

internal readonly struct Tile8x2GoingOn : ITileShape
{
    public static int Rows => 8;

    public static int Vectors => 2;

    public static bool GoesOn => true;
}

internal readonly struct Tile4x2GoingOn : ITileShape
{
    public static int Rows => 4;

    public static int Vectors => 2;

    public static bool GoesOn => true;
}
