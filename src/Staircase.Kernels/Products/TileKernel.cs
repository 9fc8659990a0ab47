namespace Staircase.Kernels;

/// <summary>The register-blocked inner loop of the matrix kernels, and the packing that feeds it.</summary>
internal static unsafe partial class TileKernel<T, TLanes, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TLanes : struct, ILanes<T, TVector>
    where TVector : struct
{
    /// <summary>Numbers in the largest tile: 12 rows of two vectors of 512 bits.</summary>
    public static int MaxTile
    {
        [MethodImpl(AggressiveInlining)]
        get => 12 * 2 * 64 / sizeof(T);
    }

    /// <summary>Columns of a panel: two vectors.</summary>
    public static int PanelColumns
    {
        [MethodImpl(AggressiveInlining)]
        get => 2 * TLanes.Count;
    }

    /// <summary>Computes one tile of a product, choosing the smallest shape that covers it.</summary>
    /// <param name="inner">Length of the inner sums.</param>
    /// <param name="a">Left factor: element (r, k) is <c>a[r * aRowStep + k * aInnerStep]</c>.</param>
    /// <param name="aRowStep">See <paramref name="a"/>.</param>
    /// <param name="aInnerStep">See <paramref name="a"/>.</param>
    /// <param name="b">Right factor: element (k, j) is <c>b[k * bStep + j]</c>, readable to whole vectors.</param>
    /// <param name="bStep">See <paramref name="b"/>.</param>
    /// <param name="rows">Valid rows, 1 to <c>TLanes.TileRows</c>; rows beyond them repeat the last one.</param>
    /// <param name="columns">Valid columns, 1 to <see cref="PanelColumns"/>.</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="beta">Factor of what <paramref name="c"/> holds; where it is 0, that is not read.</param>
    /// <param name="c">Receives the tile: all of its rows, as whole vectors.</param>
    /// <param name="cStride">From one row of <paramref name="c"/> to the next.</param>
    /// <remarks>Every entry is one chain of multiply-adds over k from 0, whatever the shape and the position in it.</remarks>
    [MethodImpl(AggressiveInlining)]
    public static void Compute(
        int inner, T* a, nint aRowStep, nint aInnerStep, T* b, nint bStep, int rows, int columns, T alpha, T beta, T* c, nint cStride)
    {
        if (TLanes.TileRows == 8 && rows > 4)
        {
            if (columns > TLanes.Count)
                Compute<Tile8x2>(inner, a, aRowStep, aInnerStep, b, bStep, rows, alpha, beta, c, cStride);
            else
                Compute<Tile8x1>(inner, a, aRowStep, aInnerStep, b, bStep, rows, alpha, beta, c, cStride);
        }
        else if (columns > TLanes.Count)
        {
            Compute<Tile4x2>(inner, a, aRowStep, aInnerStep, b, bStep, rows, alpha, beta, c, cStride);
        }
        else
        {
            Compute<Tile4x1>(inner, a, aRowStep, aInnerStep, b, bStep, rows, alpha, beta, c, cStride);
        }
    }

    /// <summary>
    /// Lets a whole tile of <c>TLanes.TileRows</c> rows and two vectors go on: each entry of C is the beginning of a chain of multiply-adds
    /// over k from 0, and receives its end.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    public static void GoOn(int inner, T* a, nint aRowStep, nint aInnerStep, T* b, nint bStep, T* c, nint cStride)
    {
        if (TLanes.TileRows == 8)
            Compute<Tile8x2GoingOn>(inner, a, aRowStep, aInnerStep, b, bStep, 8, T.One, T.Zero, c, cStride);
        else
            Compute<Tile4x2GoingOn>(inner, a, aRowStep, aInnerStep, b, bStep, 4, T.One, T.Zero, c, cStride);
    }

    // The locals are written out because only locals live in registers; the conditions are compile-time constants.
    [MethodImpl(AggressiveOptimization)]
    private static void Compute<TShape>(
        int inner, T* a, nint aRowStep, nint aInnerStep, T* b, nint bStep, int rows, T alpha, T beta, T* c, nint cStride)
        where TShape : struct, ITileShape
    {
        TVector zero = TLanes.Broadcast(T.Zero);
        TVector c00 = zero, c10 = zero, c20 = zero, c30 = zero, c40 = zero, c50 = zero, c60 = zero, c70 = zero;
        TVector c01 = zero, c11 = zero, c21 = zero, c31 = zero, c41 = zero, c51 = zero, c61 = zero, c71 = zero;

        if (TShape.GoesOn)
        {
            (c00, c01) = (TLanes.Load(c), TLanes.Load(c + TLanes.Count));
            (c10, c11) = (TLanes.Load(c + cStride), TLanes.Load(c + cStride + TLanes.Count));
            (c20, c21) = (TLanes.Load(c + (2 * cStride)), TLanes.Load(c + (2 * cStride) + TLanes.Count));
            (c30, c31) = (TLanes.Load(c + (3 * cStride)), TLanes.Load(c + (3 * cStride) + TLanes.Count));
            if (TShape.Rows == 8)
            {
                (c40, c41) = (TLanes.Load(c + (4 * cStride)), TLanes.Load(c + (4 * cStride) + TLanes.Count));
                (c50, c51) = (TLanes.Load(c + (5 * cStride)), TLanes.Load(c + (5 * cStride) + TLanes.Count));
                (c60, c61) = (TLanes.Load(c + (6 * cStride)), TLanes.Load(c + (6 * cStride) + TLanes.Count));
                (c70, c71) = (TLanes.Load(c + (7 * cStride)), TLanes.Load(c + (7 * cStride) + TLanes.Count));
            }
        }

        // Rows beyond the valid ones repeat the last, so that no load leaves the view.
        int last = rows - 1;
        T* a0 = a;
        T* a1 = a + (Min(1, last) * aRowStep);
        T* a2 = a + (Min(2, last) * aRowStep);
        T* a3 = a + (Min(3, last) * aRowStep);
        T* a4 = a + (Min(4, last) * aRowStep);
        T* a5 = a + (Min(5, last) * aRowStep);
        T* a6 = a + (Min(6, last) * aRowStep);
        T* a7 = a + (Min(7, last) * aRowStep);

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

        StoreRow<TShape>(alpha, c00, c01, beta, c);
        StoreRow<TShape>(alpha, c10, c11, beta, c + cStride);
        StoreRow<TShape>(alpha, c20, c21, beta, c + (2 * cStride));
        StoreRow<TShape>(alpha, c30, c31, beta, c + (3 * cStride));
        if (TShape.Rows == 8)
        {
            StoreRow<TShape>(alpha, c40, c41, beta, c + (4 * cStride));
            StoreRow<TShape>(alpha, c50, c51, beta, c + (5 * cStride));
            StoreRow<TShape>(alpha, c60, c61, beta, c + (6 * cStride));
            StoreRow<TShape>(alpha, c70, c71, beta, c + (7 * cStride));
        }
    }

    /// <summary>c = alpha · row + beta · c, one or two whole vectors.</summary>
    [MethodImpl(AggressiveInlining)]
    private static void StoreRow<TShape>(T alpha, TVector left, TVector right, T beta, T* c)
        where TShape : struct, ITileShape
    {
        TVector factor = TLanes.Broadcast(alpha);
        if (!TShape.GoesOn)
        {
            left = TLanes.Multiply(factor, left);
            if (TShape.Vectors == 2) right = TLanes.Multiply(factor, right);
        }

        if (!TShape.GoesOn && beta != T.Zero)
        {
            factor = TLanes.Broadcast(beta);
            left = TLanes.MultiplyAdd(factor, TLanes.Load(c), left);
            if (TShape.Vectors == 2) right = TLanes.MultiplyAdd(factor, TLanes.Load(c + TLanes.Count), right);
        }

        TLanes.Store(left, c);
        if (TShape.Vectors == 2) TLanes.Store(right, c + TLanes.Count);
    }

    /// <summary>
    /// Copies <paramref name="inner"/> rows of up to a panel's width from a row-major matrix into a panel, filling up with zeros.
    /// </summary>
    [MethodImpl(AggressiveOptimization)]
    public static void Pack(int inner, T* source, nint stride, int columns, T* panel)
    {
        int left = Min(columns, TLanes.Count);
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
    [MethodImpl(AggressiveOptimization)]
    public static void PackTransposed(int inner, T* source, nint stride, int columns, T* panel)
    {
        int width = PanelColumns;
        Tiles.Turn(columns, inner, source, stride, adds: false, panel, width);
        for (; columns < width; columns++)
        {
            T* entry = panel + columns;
            for (int k = 0; k < inner; k++, entry += width)
                *entry = T.Zero;
        }
    }

    /// <summary>Puts the valid part of a tile into C: c = alpha · tile + beta · c.</summary>
    [MethodImpl(AggressiveInlining)]
    public static void Merge(T alpha, T* tile, T beta, T* c, nint cStride, int rows, int columns)
    {
        TVector alphas = TLanes.Broadcast(alpha);
        TVector betas = TLanes.Broadcast(beta);
        for (; rows > 0; rows--, c += cStride, tile += 2 * TLanes.Count)
        {
            for (int j = 0; j < columns; j += TLanes.Count)
            {
                int count = columns - j;
                TVector product = TLanes.Multiply(alphas, TLanes.Load(tile + j));
                if (count >= TLanes.Count)
                {
                    if (beta != T.Zero)
                        product = TLanes.MultiplyAdd(betas, TLanes.Load(c + j), product);
                    TLanes.Store(product, c + j);
                }
                else
                {
                    if (beta != T.Zero)
                        product = TLanes.MultiplyAdd(betas, TLanes.LoadFirst(c + j, count), product);
                    TLanes.StoreFirst(product, c + j, count);
                }
            }
        }
    }
}
