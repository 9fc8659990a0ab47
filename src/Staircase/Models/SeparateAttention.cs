using System.Buffers;
using System.Runtime.CompilerServices;

namespace Staircase;

/// <summary>Linear attention with separate keys and queries of rank R, KQ = Kᵀ Q a head (Zhang et al. 2025, Eq. S).</summary>
/// <remarks>
/// Parameters: <c>value</c> v [H], <c>key</c> [H, R, D] and <c>query</c> [H, R, D], then the other blocks <c>value_input</c> [H, D]
/// (the rest of the last row of V) and <c>key_label</c> [H, R] (the label column of K).
/// </remarks>
public sealed class SeparateAttention : AttentionModel
{
    private static readonly double[] One = [1];

    private readonly ParameterBlock _value, _key, _query, _valueInput, _keyLabel;

    /// <param name="inputDimension">D.</param>
    /// <param name="heads">H.</param>
    /// <param name="rank">R, key–query pairs a head, 1 ≤ R ≤ D.</param>
    public SeparateAttention(int inputDimension, int heads, int rank)
        : base(inputDimension, heads)
    {
        if (rank < 1 || rank > inputDimension)
            throw new ArgumentException($"The rank must lie between 1 and the dimension {inputDimension}, not {rank}.");
        Rank = rank;
        int width = inputDimension + 1, pairs = heads * rank * width;
        (ParameterAxis, int) head = (ParameterAxis.Head, heads), pair = (ParameterAxis.Rank, rank), input = (
            ParameterAxis.Input, inputDimension);
        Layout = ParameterLayout.Of(
            ("value", true, heads * width * width, [head]),
            ("key", true, pairs, [head, pair, input]),
            ("query", true, pairs, [head, pair, input]),
            ("value_input", false, heads * width * width, [head, input]),
            ("key_label", false, pairs, [head, pair]));
        (_value, _key, _query) = (Layout["value"], Layout["key"], Layout["query"]);
        (_valueInput, _keyLabel) = (Layout["value_input"], Layout["key_label"]);
    }

    /// <summary>R, the number of key–query pairs a head.</summary>
    public int Rank { get; }

    /// <inheritdoc/>
    public override ParameterLayout Layout { get; }

    /// <summary>One head where it lies in a weight vector or its in-context prefix.</summary>
    /// <exception cref="ArgumentException">The vector is of another length, or there is no such head.</exception>
    public SeparateHead Head(Span<double> weights, int head) => new(this, weights, head);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Map(ReadOnlySpan<double> weights, Span<double> map)
    {
        int D = InputDimension, H = Heads;
        ReadOnlySpan<double> v = _value.In(weights);
        Sum(v, _key.In(weights), _query.In(weights), map[..(D * D)]);
        if (weights.Length == Layout.Count)
        {
            double[] merged = ArrayPool<double>.Shared.Rent(H * D * (D + 1));
            Span<double> U = merged.AsSpan(0, H * D * D), u = merged.AsSpan(H * D * D, H * D);
            Merge(weights, U, u);
            HeadSum.AddOtherBlocks(D, v, U, _valueInput.In(weights), u, map);
            ArrayPool<double>.Shared.Return(merged);
        }
    }

    /// <inheritdoc/>
    public override void PullBack(ReadOnlySpan<double> weights, ReadOnlySpan<double> mapGradient, Span<double> gradient)
    {
        if (weights.Length == Layout.Count)
        {
            WholePullBack(weights, mapGradient, gradient);
            return;
        }

        PullBack(
            _value.In(weights), _key.In(weights), _query.In(weights), mapGradient, _value.In(gradient), _key.In(gradient),
            _query.In(gradient));
    }

    /// <summary>M = Σ_h v_h Σ_r k_hr q_hrᵀ of some heads.</summary>
    private void Sum(ReadOnlySpan<double> v, ReadOnlySpan<double> K, ReadOnlySpan<double> Q, Span<double> M)
    {
        int D = InputDimension, pairs = v.Length * Rank;
        if (PairProducts.Takes(pairs, D))
        {
            PairProducts.Sum(v, K, Q, D, Rank, M);
            return;
        }

        double[] scaled = ArrayPool<double>.Shared.Rent(pairs * D);
        ScaleRows(v, K, scaled.AsSpan(0, pairs * D));
        MatrixProduct.Of(1, scaled.AsMatrix(pairs, D).Transposed, Q.AsMatrix(pairs, D), M);
        ArrayPool<double>.Shared.Return(scaled);
    }

    /// <summary>The gradient with respect to v, K and Q from that with respect to their <see cref="Sum"/>.</summary>
    private void PullBack(
        ReadOnlySpan<double> v, ReadOnlySpan<double> K, ReadOnlySpan<double> Q, ReadOnlySpan<double> dM, Span<double> dv, Span<double> dK,
        Span<double> dQ)
    {
        int D = InputDimension, pairs = v.Length * Rank;
        if (PairProducts.Takes(pairs, D))
        {
            PairProducts.PullBack(v, K, Q, D, Rank, dM, dv, dK, dQ);
            return;
        }

        MatrixProduct.Of(1, Q.AsMatrix(pairs, D), dM.AsMatrix(D, D).Transposed, dK);
        MatrixProduct.Of(1, K.AsMatrix(pairs, D), dM.AsMatrix(D, D), dQ);
        int size = Rank * D;
        for (int h = 0; h < v.Length; h++)
            dv[h] = Dot(K.Slice(h * size, size), dK.Slice(h * size, size));
        ScaleRows(v, dK, dK);
        ScaleRows(v, dQ, dQ);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void WholePullBack(ReadOnlySpan<double> weights, ReadOnlySpan<double> mapGradient, Span<double> gradient)
    {
        int D = InputDimension, H = Heads, R = Rank, square = D * D;
        ReadOnlySpan<double> v = _value.In(weights), K = _key.In(weights), Q = _query.In(weights);
        ReadOnlySpan<double> V = _valueInput.In(weights), label = _keyLabel.In(weights);
        double[] rented = ArrayPool<double>.Shared.Rent(2 * H * D * (D + 1));
        Span<double> U = rented.AsSpan(0, H * square), u = rented.AsSpan(H * square, H * D);
        Span<double> dU = rented.AsSpan(H * D * (D + 1), H * square), du = rented.AsSpan(H * D * (D + 1) + H * square, H * D);
        Merge(weights, U, u);
        Span<double> dv = _value.In(gradient), dK = _key.In(gradient), dQ = _query.In(gradient);
        Span<double> dV = _valueInput.In(gradient), dLabel = _keyLabel.In(gradient);
        HeadSum.InContextPullBack(v, U, mapGradient[..square], dv, dU);
        HeadSum.AddOtherPullBack(D, v, U, V, u, mapGradient, dv, dU, dV, du);
        Span<double> unused = stackalloc double[1];
        for (int h = 0; h < H; h++)
        {
            int pairs = h * R * D;
            ReadOnlySpan<double> dUh = dU.Slice(h * square, square), duh = du.Slice(h * D, D);
            PullBack(
                One, K.Slice(pairs, R * D), Q.Slice(pairs, R * D), dUh, unused, dK.Slice(pairs, R * D), dQ.Slice(pairs, R * D));
            for (int r = 0; r < R; r++)
            {
                AddScaled(label[h * R + r], duh, dQ.Slice(pairs + r * D, D));
                dLabel[h * R + r] = Dot(duh, Q.Slice(pairs + r * D, D));
            }
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>U = Kᵀ Q and u = (label column of K)ᵀ Q, head by head.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Merge(ReadOnlySpan<double> weights, Span<double> U, Span<double> u)
    {
        int D = InputDimension, R = Rank, square = D * D;
        ReadOnlySpan<double> K = _key.In(weights), Q = _query.In(weights);
        ReadOnlySpan<double> label = _keyLabel.In(weights);
        for (int h = 0; h < Heads; h++)
        {
            ReadOnlySpan<double> Kh = K.Slice(h * R * D, R * D), Qh = Q.Slice(h * R * D, R * D);
            Sum(One, Kh, Qh, U.Slice(h * square, square));
            Span<double> uh = u.Slice(h * D, D);
            uh.Clear();
            for (int r = 0; r < R; r++)
                AddScaled(label[h * R + r], Qh.Slice(r * D, D), uh);
        }
    }

    /// <summary>destination = source with the rows of head h multiplied by v_h.</summary>
    private void ScaleRows(ReadOnlySpan<double> v, ReadOnlySpan<double> source, Span<double> destination)
    {
        int size = Rank * InputDimension;
        for (int h = 0; h < v.Length; h++)
            Scale(v[h], source.Slice(h * size, size), destination.Slice(h * size, size));
    }
}
