namespace Staircase.Kernels;

internal static unsafe partial class TileKernel<T, TLanes, TVector>
{
    /// <summary>Rows of the widest register tile: 12 of two vectors where there are 32 registers, else 6.</summary>
    public static int WideRows
    {
        [MethodImpl(AggressiveInlining)]
        get => TLanes.TileRows == 8 ? 12 : 6;
    }

    /// <summary>Computes one whole tile of the widest kind, for large products whose factors are both packed.</summary>
    /// <param name="inner">Length of the inner sums.</param>
    /// <param name="a">Left factor: element (r, k) is <c>a[r * aRowStep + k * aInnerStep]</c>; all rows are readable.</param>
    /// <param name="aRowStep">See <paramref name="a"/>.</param>
    /// <param name="aInnerStep">See <paramref name="a"/>.</param>
    /// <param name="b">A panel: two vectors for each k.</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="beta">Factor of what <paramref name="c"/> holds; where it is 0, that is not read.</param>
    /// <param name="c">Receives the tile, two vectors a row.</param>
    /// <param name="cStride">From one row of <paramref name="c"/> to the next.</param>
    /// <remarks>
    /// A tile of 8 rows needs ten loads for 16 multiply-adds and leaves eight registers unused; this one needs 14 loads for 24. Every entry
    /// is the same chain of multiply-adds, so that the two give the same bits.
    /// </remarks>
    [MethodImpl(AggressiveOptimization)]
    public static void ComputeWide(int inner, T* a, nint aRowStep, nint aInnerStep, T* b, T alpha, T beta, T* c, nint cStride)
    {
        TVector zero = TLanes.Broadcast(T.Zero);
        TVector c00 = zero, c10 = zero, c20 = zero, c30 = zero, c40 = zero, c50 = zero;
        TVector c01 = zero, c11 = zero, c21 = zero, c31 = zero, c41 = zero, c51 = zero;
        TVector c60 = zero, c70 = zero, c80 = zero, c90 = zero, cA0 = zero, cB0 = zero;
        TVector c61 = zero, c71 = zero, c81 = zero, c91 = zero, cA1 = zero, cB1 = zero;

        // Four pointers and two offsets reach twelve rows and leave general registers to spare, where twelve pointers would not.
        nint one = aRowStep, two = 2 * aRowStep;
        T* a0 = a;
        T* a3 = a + 3 * aRowStep;
        T* a6 = a + 6 * aRowStep;
        T* a9 = a + 9 * aRowStep;
        for (int count = inner; count > 0; count--)
        {
            TVector b0 = TLanes.Load(b);
            TVector b1 = TLanes.Load(b + TLanes.Count);
            b += 2 * TLanes.Count;

            TVector factor = TLanes.Broadcast(a0[0]);
            c00 = TLanes.MultiplyAdd(factor, b0, c00);
            c01 = TLanes.MultiplyAdd(factor, b1, c01);
            factor = TLanes.Broadcast(a0[one]);
            c10 = TLanes.MultiplyAdd(factor, b0, c10);
            c11 = TLanes.MultiplyAdd(factor, b1, c11);
            factor = TLanes.Broadcast(a0[two]);
            c20 = TLanes.MultiplyAdd(factor, b0, c20);
            c21 = TLanes.MultiplyAdd(factor, b1, c21);
            a0 += aInnerStep;
            factor = TLanes.Broadcast(a3[0]);
            c30 = TLanes.MultiplyAdd(factor, b0, c30);
            c31 = TLanes.MultiplyAdd(factor, b1, c31);
            factor = TLanes.Broadcast(a3[one]);
            c40 = TLanes.MultiplyAdd(factor, b0, c40);
            c41 = TLanes.MultiplyAdd(factor, b1, c41);
            factor = TLanes.Broadcast(a3[two]);
            c50 = TLanes.MultiplyAdd(factor, b0, c50);
            c51 = TLanes.MultiplyAdd(factor, b1, c51);
            a3 += aInnerStep;
            if (TLanes.TileRows == 8)
            {
                factor = TLanes.Broadcast(a6[0]);
                c60 = TLanes.MultiplyAdd(factor, b0, c60);
                c61 = TLanes.MultiplyAdd(factor, b1, c61);
                factor = TLanes.Broadcast(a6[one]);
                c70 = TLanes.MultiplyAdd(factor, b0, c70);
                c71 = TLanes.MultiplyAdd(factor, b1, c71);
                factor = TLanes.Broadcast(a6[two]);
                c80 = TLanes.MultiplyAdd(factor, b0, c80);
                c81 = TLanes.MultiplyAdd(factor, b1, c81);
                a6 += aInnerStep;
                factor = TLanes.Broadcast(a9[0]);
                c90 = TLanes.MultiplyAdd(factor, b0, c90);
                c91 = TLanes.MultiplyAdd(factor, b1, c91);
                factor = TLanes.Broadcast(a9[one]);
                cA0 = TLanes.MultiplyAdd(factor, b0, cA0);
                cA1 = TLanes.MultiplyAdd(factor, b1, cA1);
                factor = TLanes.Broadcast(a9[two]);
                cB0 = TLanes.MultiplyAdd(factor, b0, cB0);
                cB1 = TLanes.MultiplyAdd(factor, b1, cB1);
                a9 += aInnerStep;
            }
        }

        StoreRow<Tile8x2>(alpha, c00, c01, beta, c);
        StoreRow<Tile8x2>(alpha, c10, c11, beta, c + cStride);
        StoreRow<Tile8x2>(alpha, c20, c21, beta, c + 2 * cStride);
        StoreRow<Tile8x2>(alpha, c30, c31, beta, c + 3 * cStride);
        StoreRow<Tile8x2>(alpha, c40, c41, beta, c + 4 * cStride);
        StoreRow<Tile8x2>(alpha, c50, c51, beta, c + 5 * cStride);
        if (TLanes.TileRows == 8)
        {
            StoreRow<Tile8x2>(alpha, c60, c61, beta, c + 6 * cStride);
            StoreRow<Tile8x2>(alpha, c70, c71, beta, c + 7 * cStride);
            StoreRow<Tile8x2>(alpha, c80, c81, beta, c + 8 * cStride);
            StoreRow<Tile8x2>(alpha, c90, c91, beta, c + 9 * cStride);
            StoreRow<Tile8x2>(alpha, cA0, cA1, beta, c + 10 * cStride);
            StoreRow<Tile8x2>(alpha, cB0, cB1, beta, c + 11 * cStride);
        }
    }
}
