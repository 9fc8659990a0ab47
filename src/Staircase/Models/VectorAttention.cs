namespace Staircase;

/// <summary>
/// The linear transformer of <see cref="VectorWeights"/> on one context: its output, its error and the gradient of half the squared error.
/// </summary>
/// <remarks>
/// <para>ŷ = [p₁ p₂] (ZZᵀ/N) [q₁; q₂] x_q with Z the context's tokens (x, Wx) and the query's (x_q, 0):
/// z = (q₁ + Wᵀq₂) x_q, h = Λ̂ z, ŷ = p₁ (h + x_q (x_qᵀ q₁ x_q)/N) + p₂ W h; the term in x_q x_qᵀ is the query attending to itself.</para>
/// <para>O(D(D + C)) a context. An object owns its scratch memory, so that nothing is allocated a call; it serves one thread.</para>
/// </remarks>
public sealed class VectorAttention
{
    private readonly int _contextLength;
    private readonly bool _queryAttendsToItself;
    private readonly double[] _scores;   // z, then its gradient
    private readonly double[] _attended; // h, with the query's own term
    private readonly double[] _labels;   // W h
    private readonly double[] _residual; // ŷ − W x_q
    private readonly double[] _back;
    private readonly double[] _scratch;
    private readonly double[] _column;

    /// <param name="task">D, N, and whether the query attends to itself.</param>
    /// <param name="columns">C, the number of columns by which contexts are given.</param>
    public VectorAttention(VectorRegressionTask task, int columns)
    {
        int D = task.InputDimension;
        _contextLength = task.ContextLength;
        _queryAttendsToItself = task.QueryAttendsToItself;
        _scores = new double[D];
        _attended = new double[D];
        _labels = new double[D];
        _residual = new double[D];
        _back = new double[D];
        _scratch = new double[D];
        _column = new double[columns];
    }

    /// <summary>Adds the gradient of ½‖ŷ − Wx_q‖² on one context.</summary>
    /// <param name="weights">
    /// Where: <see cref="VectorWeights.All"/>, or <see cref="VectorWeights.InContext"/> for a reduced model, p₁ and q₂ zero for good.
    /// </param>
    /// <param name="map">W, D×D row-major.</param>
    /// <param name="context">
    /// A, D×C row-major, with AAᵀ the sum of x xᵀ over the context: the tokens as columns, or any factor of that sum.
    /// </param>
    /// <param name="query">x_q.</param>
    /// <param name="gradient">What the gradient is added to, of the length of <paramref name="weights"/>.</param>
    /// <returns>½‖ŷ − Wx_q‖².</returns>
    public double Accumulate(
        ReadOnlySpan<double> weights, ReadOnlySpan<double> map, ReadOnlySpan<double> context, ReadOnlySpan<double> query,
            Span<double> gradient)
    {
        int D = query.Length, square = D * D, N = _contextLength;
        bool reduced = weights.Length == 2 * square;
        ReadOnlySpan<double> value = weights[..square], keyQuery = weights.Slice(square, square);
        ReadOnlySpan<double> valueInput = reduced ? default : weights.Slice(2 * square, square);
        ReadOnlySpan<double> keyQueryLabel = reduced ? default : weights[(3 * square)..];
        Multiply(keyQuery, query, _scores);
        // before q₂ joins: the query has no label: 
        double self = !reduced && _queryAttendsToItself ? Dot(query, _scores) / N : 0;
        if (!reduced)
        {
            Multiply(keyQueryLabel, query, _scratch);
            AddTransposed(map, _scratch, _scores);
        }

        Covariance(context, _scores, _attended);
        Multiply(map, _attended, _labels);
        AddScaled(self, query, _attended);

        Multiply(value, _labels, _residual);
        Multiply(map, query, _scratch);
        AddScaled(-1, _scratch, _residual);
        if (!reduced)
        {
            Multiply(valueInput, _attended, _scratch);
            AddScaled(1, _scratch, _residual);
        }

        // Backwards: ŷ's gradient is the residual; _back becomes that of h, then _scores that of z.
        AddOuter(_residual, _labels, gradient[..square]);
        _scratch.AsSpan().Clear();
        AddTransposed(value, _residual, _scratch);
        _back.AsSpan().Clear();
        AddTransposed(map, _scratch, _back);
        double selfBack = 0;
        if (!reduced)
        {
            AddOuter(_residual, _attended, gradient.Slice(2 * square, square));
            _scratch.AsSpan().Clear();
            AddTransposed(valueInput, _residual, _scratch);
            AddScaled(1, _scratch, _back);
            selfBack = _queryAttendsToItself ? Dot(_scratch, query) / N : 0;
        }

        Covariance(context, _back, _scores);
        if (!reduced)
        {
            Multiply(map, _scores, _scratch);
            AddOuter(_scratch, query, gradient.Slice(3 * square, square));
            AddScaled(selfBack, query, _scores);
        }

        AddOuter(_scores, query, gradient.Slice(square, square));
        return 0.5 * SumOfSquares(_residual);
    }

    /// <summary>y = Λ̂ x = A Aᵀ x / N.</summary>
    private void Covariance(ReadOnlySpan<double> context, ReadOnlySpan<double> x, Span<double> y)
    {
        int C = _column.Length;
        _column.AsSpan().Clear();
        for (int i = 0; i < x.Length; i++)
            AddScaled(x[i], context.Slice(i * C, C), _column);
        for (int i = 0; i < x.Length; i++)
            y[i] = Dot(context.Slice(i * C, C), _column) / _contextLength;
    }

    /// <summary>y = M x.</summary>
    private static void Multiply(ReadOnlySpan<double> matrix, ReadOnlySpan<double> x, Span<double> y)
    {
        for (int i = 0; i < y.Length; i++)
            y[i] = Dot(matrix.Slice(i * x.Length, x.Length), x);
    }

    /// <summary>y += Mᵀ x.</summary>
    private static void AddTransposed(ReadOnlySpan<double> matrix, ReadOnlySpan<double> x, Span<double> y)
    {
        for (int i = 0; i < x.Length; i++)
            AddScaled(x[i], matrix.Slice(i * y.Length, y.Length), y);
    }

    /// <summary>M += x yᵀ.</summary>
    private static void AddOuter(ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> matrix)
    {
        for (int i = 0; i < x.Length; i++)
            AddScaled(x[i], y, matrix.Slice(i * y.Length, y.Length));
    }
}
