using System.Runtime.Intrinsics;

namespace Staircase.Kernels;

/// <summary>
/// Sums of outer products of pairs of short vectors, M = Σ_h v_h Σ_r k_hr q_hrᵀ, and their gradients: what some heads of linear attention
/// compute.
/// </summary>
/// <remarks>
/// Every entry is summed in the order of <see cref="MatrixProduct"/>, which copies its factors: for nine pairs of eight numbers that takes
/// most of the time.
/// </remarks>
public static unsafe class PairProducts
{
    private const int LongestVector = 16;

    /// <summary>Whether pairs are so short and so few that this is the fastest way.</summary>
    /// <param name="pairs">H·R.</param>
    /// <param name="D">The length of a vector.</param>
    public static bool Takes(int pairs, int D) => Interpreted.IsHere || (D <= LongestVector && pairs <= Tiles.InnerBlock);

    /// <summary>M = Σ_h v_h Σ_r k_hr q_hrᵀ.</summary>
    /// <param name="v">H factors.</param>
    /// <param name="K">H·R rows of D.</param>
    /// <param name="Q">H·R rows of D.</param>
    /// <param name="D">The length of a vector; <see cref="Takes"/> it.</param>
    /// <param name="rank">R.</param>
    /// <param name="M">Receives the sum, D×D row-major; it must not share memory with the pairs.</param>
    /// <exception cref="ArgumentException">A span has another length, or there are too many numbers.</exception>
    [MethodImpl(AggressiveOptimization)]
    public static void Sum(ReadOnlySpan<double> v, ReadOnlySpan<double> K, ReadOnlySpan<double> Q, int D, int rank, Span<double> M)
    {
        RequireTaken(v.Length * rank, D);
        RequireLength(K, v.Length * rank * D);
        RequireLength(Q, v.Length * rank * D);
        RequireLength(M.Length, D * D, nameof(M));
        if (Interpreted.IsHere)
        {
            Interpreted.PairSum(v, K, Q, D, rank, M);
            return;
        }

        fixed (double* values = v, keys = K, queries = Q, sums = M)
            LaneOperation.Run<double, Summation>(new(new(values, keys, queries, v.Length, rank, D), sums));
    }

    /// <summary>The gradient of a function of M with respect to v, K and Q, from that with respect to M.</summary>
    /// <inheritdoc cref="Sum"/>
    [MethodImpl(AggressiveOptimization)]
    public static void PullBack(
        ReadOnlySpan<double> v, ReadOnlySpan<double> K, ReadOnlySpan<double> Q, int D, int rank, ReadOnlySpan<double> dM, Span<double> dv,
        Span<double> dK, Span<double> dQ)
    {
        RequireTaken(v.Length * rank, D);
        RequireLength(K, v.Length * rank * D);
        RequireLength(Q, v.Length * rank * D);
        RequireLength(dM, D * D);
        RequireLength(dv.Length, v.Length, nameof(dv));
        RequireLength(dK.Length, K.Length, nameof(dK));
        RequireLength(dQ.Length, K.Length, nameof(dQ));
        if (Interpreted.IsHere)
        {
            Interpreted.PairPullBack(v, K, Q, D, rank, dM, dv, dK, dQ);
            return;
        }

        fixed (double* values = v, keys = K, queries = Q, slopes = dM, valueSlopes = dv, keySlopes = dK, querySlopes = dQ)
        {
            var pairs = new Pairs(values, keys, queries, v.Length, rank, D);
            var operation = new SlopesOf(pairs, slopes, valueSlopes, keySlopes, querySlopes);
            if (Vector512.IsHardwareAccelerated && D <= Vector256<double>.Count)
                RunNarrow<SlopesOf>(operation);
            else
                LaneOperation.Run<double, SlopesOf>(operation);
        }
    }

    private static void RequireTaken(int pairs, int D)
    {
        if (!Takes(pairs, D))
            throw new ArgumentException($"At most {Tiles.InnerBlock} pairs of at most {LongestVector} numbers, not {pairs} of {D}.");
    }

    // Half as wide vectors that are full take half the time of wide ones that are not.
    [MethodImpl(AggressiveInlining)]
    private static void RunNarrow<TOperation>(TOperation operation)
        where TOperation : struct, ILaneOperation<double> => operation.Run<Lanes256<double>, Vector256<double>>();

    private readonly struct Pairs(double* v, double* K, double* Q, int heads, int rank, int D)
    {
        public readonly double* V = v, K = K, Q = Q;
        public readonly int Heads = heads, Rank = rank, D = D;
    }

    private readonly struct Summation(Pairs pairs, double* M) : ILaneOperation<double>
    {
        [MethodImpl(AggressiveInlining)]
        void ILaneOperation<double>.Run<TLanes, TVector>()
        {
            int D = pairs.D;
            for (int j = 0; j < D; j += TLanes.Count)
            {
                int count = Min(TLanes.Count, D - j);
                for (int i = 0; i < D; i += 4)
                {
                    // Rows beyond the last repeat it.
                    int i1 = Min(i + 1, D - 1), i2 = Min(i + 2, D - 1), i3 = Min(i + 3, D - 1);
                    TVector row0 = TLanes.Broadcast(0), row1 = row0, row2 = row0, row3 = row0;
                    double* k = pairs.K, q = pairs.Q + j;
                    for (int h = 0; h < pairs.Heads; h++)
                    {
                        double v = pairs.V[h];
                        for (int r = 0; r < pairs.Rank; r++, k += D, q += D)
                        {
                            TVector query = TLanes.LoadFirst(q, count);
                            row0 = TLanes.MultiplyAdd(TLanes.Broadcast(v * k[i]), query, row0);
                            row1 = TLanes.MultiplyAdd(TLanes.Broadcast(v * k[i1]), query, row1);
                            row2 = TLanes.MultiplyAdd(TLanes.Broadcast(v * k[i2]), query, row2);
                            row3 = TLanes.MultiplyAdd(TLanes.Broadcast(v * k[i3]), query, row3);
                        }
                    }

                    TLanes.StoreFirst(row0, M + i * D + j, count);
                    TLanes.StoreFirst(row1, M + i1 * D + j, count);
                    TLanes.StoreFirst(row2, M + i2 * D + j, count);
                    TLanes.StoreFirst(row3, M + i3 * D + j, count);
                }
            }
        }
    }

    private readonly struct SlopesOf(Pairs pairs, double* dM, double* dv, double* dK, double* dQ) : ILaneOperation<double>
    {
        [MethodImpl(AggressiveOptimization)]
        [SkipLocalsInit]
        void ILaneOperation<double>.Run<TLanes, TVector>()
        {
            // dM and dMᵀ in rows of whole vectors, so that the inner loop has no masks.
            int D = pairs.D, width = (D + TLanes.Count - 1) / TLanes.Count * TLanes.Count;
            double* rows = stackalloc double[2 * LongestVector * LongestVector];
            double* columns = rows + D * width;
            Tiles.Turn(D, D, dM, D, adds: false, columns, width);
            for (int i = 0; i < D; i++)
            {
                for (int j = 0; j < D; j += TLanes.Count)
                    TLanes.Store(TLanes.LoadFirst(dM + i * D + j, Min(TLanes.Count, D - j)), rows + i * width + j);
            }

            double* K = pairs.K, Q = pairs.Q, keys = dK, queries = dQ;
            for (int h = 0; h < pairs.Heads; h++)
            {
                TVector v = TLanes.Broadcast(pairs.V[h]), sum = TLanes.Broadcast(0);
                for (int r = 0; r < pairs.Rank; r++, K += D, Q += D, keys += D, queries += D)
                {
                    for (int j = 0; j < D; j += TLanes.Count)
                    {
                        TVector key = TLanes.Broadcast(0), query = key;
                        double* row = rows + j, column = columns + j;
                        for (int i = 0; i < D; i++, row += width, column += width)
                        {
                            key = TLanes.MultiplyAdd(TLanes.Broadcast(Q[i]), TLanes.Load(column), key);
                            query = TLanes.MultiplyAdd(TLanes.Broadcast(K[i]), TLanes.Load(row), query);
                        }

                        int count = Min(TLanes.Count, D - j);
                        if (count == TLanes.Count)
                        {
                            sum = TLanes.MultiplyAdd(TLanes.Load(K + j), key, sum);
                            TLanes.Store(TLanes.Multiply(v, key), keys + j);
                            TLanes.Store(TLanes.Multiply(v, query), queries + j);
                            continue;
                        }

                        sum = TLanes.MultiplyAdd(TLanes.LoadFirst(K + j, count), TLanes.KeepFirst(key, count), sum);
                        TLanes.StoreFirst(TLanes.Multiply(v, key), keys + j, count);
                        TLanes.StoreFirst(TLanes.Multiply(v, query), queries + j, count);
                    }
                }

                dv[h] = TLanes.Sum(sum);
            }
        }
    }
}
