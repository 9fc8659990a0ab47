using System.Numerics;
using System.Runtime.CompilerServices;

namespace Staircase.Kernels;

/// <summary>The register-blocked inner loop of the matrix kernels, and the packing that feeds it.</summary>
internal static unsafe class TileKernel
{
    /// <summary>Inner length of a block: a panel of 256 rows of two 512-bit vectors is 32 KiB and stays in the first-level cache.</summary>
    public const int InnerBlock = 256;

    /// <summary>Numbers in the largest tile: 12 rows of two vectors of 512 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int MaxTile<T>()
        where T : unmanaged => 12 * 2 * 64 / sizeof(T);

    /// <summary>Columns of a panel: two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PanelColumns<T, TLanes, TVector>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct => 2 * TLanes.Count;

    /// <summary>Computes one tile of a product, choosing the smallest shape that covers it.</summary>
    /// <param name="inner">Length of the inner sums.</param>
    /// <param name="a">Left factor: element (r, k) is <c>a[r * aRowStep + k * aInnerStep]</c>.</param>
    /// <param name="aRowStep">See <paramref name="a"/>.</param>
    /// <param name="aInnerStep">See <paramref name="a"/>.</param>
    /// <param name="b">Right factor: element (k, j) is <c>b[k * bStep + j]</c>, readable to the whole vectors that cover <paramref name="columns"/>.</param>
    /// <param name="bStep">See <paramref name="b"/>.</param>
    /// <param name="rows">Valid rows, 1 to <c>TLanes.TileRows</c>; rows beyond them repeat the last one.</param>
    /// <param name="columns">Valid columns, 1 to <see cref="PanelColumns"/>.</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="beta">Factor of what <paramref name="c"/> holds; where it is 0, that is not read.</param>
    /// <param name="c">Receives the tile: all of its rows, as whole vectors.</param>
    /// <param name="cStride">From one row of <paramref name="c"/> to the next.</param>
    /// <remarks>Every entry is one chain of multiply-adds over k from 0, whatever the shape and the position in it.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Compute<T, TLanes, TVector>(
        int inner, T* a, nint aRowStep, nint aInnerStep, T* b, nint bStep, int rows, int columns, T alpha, T beta, T* c, nint cStride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        if (TLanes.TileRows == 8 && rows > 4)
        {
            if (columns > TLanes.Count)
                Compute<T, TLanes, TVector, Tile8x2>(inner, a, aRowStep, aInnerStep, b, bStep, rows, alpha, beta, c, cStride);
            else
                Compute<T, TLanes, TVector, Tile8x1>(inner, a, aRowStep, aInnerStep, b, bStep, rows, alpha, beta, c, cStride);
        }
        else if (columns > TLanes.Count)
        {
            Compute<T, TLanes, TVector, Tile4x2>(inner, a, aRowStep, aInnerStep, b, bStep, rows, alpha, beta, c, cStride);
        }
        else
        {
            Compute<T, TLanes, TVector, Tile4x1>(inner, a, aRowStep, aInnerStep, b, bStep, rows, alpha, beta, c, cStride);
        }
    }

    // The locals are written out because only locals live in registers; the conditions are compile-time constants.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Compute<T, TLanes, TVector, TShape>(
        int inner, T* a, nint aRowStep, nint aInnerStep, T* b, nint bStep, int rows, T alpha, T beta, T* c, nint cStride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
        where TShape : struct, ITileShape
    {
        TVector zero = TLanes.Broadcast(T.Zero);
        TVector c00 = zero, c10 = zero, c20 = zero, c30 = zero, c40 = zero, c50 = zero, c60 = zero, c70 = zero;
        TVector c01 = zero, c11 = zero, c21 = zero, c31 = zero, c41 = zero, c51 = zero, c61 = zero, c71 = zero;

        // Rows beyond the valid ones repeat the last, so that no load leaves the view.
        int last = rows - 1;
        T* a0 = a;
        T* a1 = a + (Math.Min(1, last) * aRowStep);
        T* a2 = a + (Math.Min(2, last) * aRowStep);
        T* a3 = a + (Math.Min(3, last) * aRowStep);
        T* a4 = a + (Math.Min(4, last) * aRowStep);
        T* a5 = a + (Math.Min(5, last) * aRowStep);
        T* a6 = a + (Math.Min(6, last) * aRowStep);
        T* a7 = a + (Math.Min(7, last) * aRowStep);

        nint k = 0;
        for (int count = inner; count > 0; count--)
        {
            TVector b0 = TLanes.Load(b);
            TVector b1 = TShape.Vectors == 2 ? TLanes.Load(b + TLanes.Count) : zero;
            b += bStep;

            TVector factor = TLanes.Broadcast(a0[k]);
            c00 = TLanes.MultiplyAdd(factor, b0, c00);
            if (TShape.Vectors == 2) c01 = TLanes.MultiplyAdd(factor, b1, c01);
            factor = TLanes.Broadcast(a1[k]);
            c10 = TLanes.MultiplyAdd(factor, b0, c10);
            if (TShape.Vectors == 2) c11 = TLanes.MultiplyAdd(factor, b1, c11);
            factor = TLanes.Broadcast(a2[k]);
            c20 = TLanes.MultiplyAdd(factor, b0, c20);
            if (TShape.Vectors == 2) c21 = TLanes.MultiplyAdd(factor, b1, c21);
            factor = TLanes.Broadcast(a3[k]);
            c30 = TLanes.MultiplyAdd(factor, b0, c30);
            if (TShape.Vectors == 2) c31 = TLanes.MultiplyAdd(factor, b1, c31);
            if (TShape.Rows == 8)
            {
                factor = TLanes.Broadcast(a4[k]);
                c40 = TLanes.MultiplyAdd(factor, b0, c40);
                if (TShape.Vectors == 2) c41 = TLanes.MultiplyAdd(factor, b1, c41);
                factor = TLanes.Broadcast(a5[k]);
                c50 = TLanes.MultiplyAdd(factor, b0, c50);
                if (TShape.Vectors == 2) c51 = TLanes.MultiplyAdd(factor, b1, c51);
                factor = TLanes.Broadcast(a6[k]);
                c60 = TLanes.MultiplyAdd(factor, b0, c60);
                if (TShape.Vectors == 2) c61 = TLanes.MultiplyAdd(factor, b1, c61);
                factor = TLanes.Broadcast(a7[k]);
                c70 = TLanes.MultiplyAdd(factor, b0, c70);
                if (TShape.Vectors == 2) c71 = TLanes.MultiplyAdd(factor, b1, c71);
            }

            k += aInnerStep;
        }

        StoreRow<T, TLanes, TVector, TShape>(alpha, c00, c01, beta, c);
        StoreRow<T, TLanes, TVector, TShape>(alpha, c10, c11, beta, c + cStride);
        StoreRow<T, TLanes, TVector, TShape>(alpha, c20, c21, beta, c + (2 * cStride));
        StoreRow<T, TLanes, TVector, TShape>(alpha, c30, c31, beta, c + (3 * cStride));
        if (TShape.Rows == 8)
        {
            StoreRow<T, TLanes, TVector, TShape>(alpha, c40, c41, beta, c + (4 * cStride));
            StoreRow<T, TLanes, TVector, TShape>(alpha, c50, c51, beta, c + (5 * cStride));
            StoreRow<T, TLanes, TVector, TShape>(alpha, c60, c61, beta, c + (6 * cStride));
            StoreRow<T, TLanes, TVector, TShape>(alpha, c70, c71, beta, c + (7 * cStride));
        }
    }

    /// <summary>c = alpha · row + beta · c, one or two whole vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRow<T, TLanes, TVector, TShape>(T alpha, TVector left, TVector right, T beta, T* c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
        where TShape : struct, ITileShape
    {
        TVector factor = TLanes.Broadcast(alpha);
        left = TLanes.Multiply(factor, left);
        if (TShape.Vectors == 2) right = TLanes.Multiply(factor, right);
        if (beta != T.Zero)
        {
            factor = TLanes.Broadcast(beta);
            left = TLanes.MultiplyAdd(factor, TLanes.Load(c), left);
            if (TShape.Vectors == 2) right = TLanes.MultiplyAdd(factor, TLanes.Load(c + TLanes.Count), right);
        }

        TLanes.Store(left, c);
        if (TShape.Vectors == 2) TLanes.Store(right, c + TLanes.Count);
    }

    /// <summary>Copies <paramref name="inner"/> rows of up to a panel's width from a row-major matrix into a panel, filling up with zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack<T, TLanes, TVector>(int inner, T* source, nint stride, int columns, T* panel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        int left = Math.Min(columns, TLanes.Count);
        int right = columns - left;
        if (right == TLanes.Count)
        {
            for (; inner > 0; inner--, source += stride, panel += 2 * TLanes.Count)
            {
                TLanes.Store(TLanes.Load(source), panel);
                TLanes.Store(TLanes.Load(source + TLanes.Count), panel + TLanes.Count);
            }

            return;
        }

        for (; inner > 0; inner--, source += stride, panel += 2 * TLanes.Count)
        {
            TLanes.Store(TLanes.LoadFirst(source, left), panel);
            TLanes.Store(TLanes.LoadFirst(source + left, right), panel + TLanes.Count);
        }
    }

    /// <summary>Like <see cref="Pack"/>, from a matrix whose rows are the panel's columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackTransposed<T, TLanes, TVector>(int inner, T* source, nint stride, int columns, T* panel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct
    {
        int width = 2 * TLanes.Count;
        int column = 0;

        // Four columns at a time, so that each step writes half a cache line.
        for (; column <= columns - 4; column += 4)
        {
            T* s0 = source + (column * stride);
            T* s1 = s0 + stride;
            T* s2 = s1 + stride;
            T* s3 = s2 + stride;
            T* destination = panel + column;
            for (nint k = 0; k < inner; k++, destination += width)
            {
                destination[0] = s0[k];
                destination[1] = s1[k];
                destination[2] = s2[k];
                destination[3] = s3[k];
            }
        }

        for (; column < width; column++)
        {
            T* row = source + (column * stride);
            T* destination = panel + column;
            for (nint k = 0; k < inner; k++, destination += width)
                *destination = column < columns ? row[k] : T.Zero;
        }
    }
}
