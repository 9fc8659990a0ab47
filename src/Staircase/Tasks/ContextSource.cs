namespace Staircase;

/// <summary>
/// Draws contexts by what a linear transformer sees of them: a D×C matrix A with AAᵀ the context's sum of x xᵀ.
/// </summary>
/// <remarks>
/// For N ≥ D it is the triangular factor of Bartlett's decomposition, C = D: Σ xxᵀ = F T Tᵀ F with F = Λ^{1/2}, T_ii² ~ χ²(N − i), i = 0 …
/// D − 1, and standard normal numbers below. That is exact in distribution and costs the same for every N. For N &lt; D it is the N tokens
/// themselves, which are then the fewer numbers.
/// </remarks>
internal sealed class ContextSource
{
    private readonly int _contextLength;
    private readonly double[] _deviation; // √s

    /// <param name="spectrum">Eigenvalues of the inputs' covariance.</param>
    /// <param name="contextLength">N.</param>
    /// <param name="tokens">Whether to draw tokens; null decides by N &lt; D.</param>
    /// <exception cref="ArgumentException">Tokens are declined although N &lt; D.</exception>
    public ContextSource(Spectrum spectrum, int contextLength, bool? tokens = null)
    {
        int D = spectrum.Dimension;
        if (tokens == false && contextLength < D)
        {
            throw new ArgumentException(
                $"A context of N = {contextLength} inputs of dimension D = {D} can only be drawn as tokens; Bartlett's decomposition "
                + "needs N ≥ D.");
        }

        _contextLength = contextLength;
        _deviation = [.. spectrum.Eigenvalues.ToArray().Select(Sqrt)];
        DrawsTokens = tokens ?? contextLength < D;
        Columns = DrawsTokens ? contextLength : D;
    }

    /// <summary>Whether A holds the tokens of the context.</summary>
    public bool DrawsTokens { get; }

    /// <summary>C, the number of columns of A.</summary>
    public int Columns { get; }

    /// <summary>Draws a context and a query.</summary>
    /// <param name="random">Where the numbers come from.</param>
    /// <param name="context">Receives A, D×C row-major.</param>
    /// <param name="query">Receives x_q.</param>
    public void Draw(ref RandomStream random, Span<double> context, Span<double> query)
    {
        random.FillNormal(query);
        Multiply(query, _deviation, query);
        if (DrawsTokens)
            random.FillNormal(context);
        else
            DrawTriangle(ref random, _contextLength, _deviation.Length, context);
        for (int i = 0; i < _deviation.Length; i++)
        {
            Span<double> row = context.Slice(i * Columns, Columns);
            Scale(_deviation[i], row, row);
        }
    }

    /// <summary>T of Bartlett's decomposition, D×D row-major: T Tᵀ is the sum of z zᵀ over N standard normal vectors z.</summary>
    public static void DrawTriangle(ref RandomStream random, int N, int D, Span<double> T)
    {
        T.Clear();
        for (int i = 0; i < D; i++)
        {
            random.FillNormal(T.Slice(i * D, i));
            T[i * D + i] = Sqrt(random.NextChiSquared(N - i));
        }
    }
}
