namespace Staircase.Kernels;

/// <summary>Products of matrices, in single and double precision.</summary>
public static unsafe class MatrixProduct
{
    // Below this many multiply-adds, or this few rows, reading the factors in place is as fast as packing them.
    private const long LeastPackedVolume = 96 * 96 * 96;

    private const int LeastPackedRows = 48;

    /// <summary>Computes <c>destination = scale · A B + keep · destination</c>.</summary>
    /// <param name="scale">Factor of the product.</param>
    /// <param name="a">A; without columns the product is zero.</param>
    /// <param name="b">B, with as many rows as A has columns.</param>
    /// <param name="destination">A's rows and B's columns, row after row; it must not share elements with A or B.</param>
    /// <param name="keep">Factor of the old destination; with 0 that is overwritten unread, even where it is NaN.</param>
    /// <param name="stride">Distance between the destination's rows, whose elements between the rows are not touched; 0 where they lie side
    /// by side.</param>
    /// <param name="team">Threads that share a large product; null works on the caller's alone.</param>
    /// <remarks>
    /// Small products allocate nothing but 32 KiB of stack; large ones borrow memory from the shared pool. The bits of an entry depend on
    /// the values, on the inner length and on <see cref="KernelHardware.VectorBits"/> only: each entry is summed in the order
    /// of the inner index, in blocks of 256, however many threads and whatever the other rows and columns.
    /// </remarks>
    /// <exception cref="ArgumentException">The shapes do not fit each other, or the destination is too short.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    [MethodImpl(AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Of<T>(
        T scale, scoped in MatrixView<T> a, scoped in MatrixView<T> b, Span<T> destination,
        T keep = default, int stride = 0, ThreadTeam? team = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (stride == 0)
            stride = b.Columns;
        RequireProduct(a.Rows, a.Columns, b.Rows, b.Columns, destination.Length, stride);
        if (a.Rows == 0 || b.Columns == 0)
            return;

        fixed (T* A = a.Numbers, B = b.Numbers, C = destination)
        {
            ProductArguments<T> product;
            product.Rows = a.Rows;
            product.Columns = b.Columns;
            product.Inner = a.Columns;
            product.Scale = scale;
            product.Keep = keep;
            product.A = A;
            product.B = B;
            product.C = C;
            product.AStride = a.Stride;
            product.BStride = b.Stride;
            product.CStride = stride;
            product.TransposeA = a.IsTransposed;
            product.TransposeB = b.IsTransposed;
            if (Interpreted.IsHere && typeof(T) == typeof(double) && Interpreted.Takes(a.Rows, b.Columns, a.Columns))
                Interpreted.Product((ProductArguments<double>*)&product);
            else
                LaneOperation.Run<T, Operation<T>>(new(&product, team));
        }
    }

    private readonly struct Operation<T>(ProductArguments<T>* product, ThreadTeam? team) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(AggressiveOptimization)]
        void ILaneOperation<T>.Run<TLanes, TVector>()
        {
            int rows = product->Rows, columns = product->Columns;
            if (rows >= LeastPackedRows && columns >= 16 && (long)rows * columns * product->Inner >= LeastPackedVolume)
                TileKernel<T, TLanes, TVector>.MultiplyPacked(product, team);
            else
                TileKernel<T, TLanes, TVector>.MultiplyDirect(product);
        }
    }
}
