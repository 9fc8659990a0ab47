using System.Runtime.CompilerServices;

namespace Staircase;

/// <summary>Sufficient statistics computed from the tokens themselves.</summary>
/// <param name="sequences">Where the tokens come from.</param>
/// <param name="scale">What X Xᵀ is divided by.</param>
/// <param name="varyContext">
/// Whether every prefix counts, with its own scale and its last token as query (see <see cref="SequencePrefix"/>).
/// </param>
public sealed class TokenStatistics(ISequenceSource sequences, OutputScale scale, bool varyContext) : IStatisticSource
{
    private readonly ISequenceSource _sequences = sequences;
    private readonly OutputScale _scale = scale;
    private readonly bool _varyContext = varyContext;

    /// <inheritdoc/>
    public long Count => _sequences.Count;

    /// <inheritdoc/>
    public int InputDimension => _sequences.InputDimension;

    /// <inheritdoc/>
    public int StatisticsPerSequence => _varyContext ? _sequences.ContextLength : 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Read(long index, Span<double> statistics, Span<double> queries, Span<double> targets)
    {
        int D = InputDimension, N = _sequences.ContextLength, width = D + 1;
        int length = AttentionMap.StatisticLength(D);
        int numbers = checked((N + 1) * width);
        Span<double> tokens = numbers <= 1024 ? stackalloc double[numbers] : new double[numbers];
        Span<double> sum = length <= 256 ? stackalloc double[length] : new double[length];
        double target = _sequences.Read(index, tokens);
        sum.Clear();
        int row = 0;
        for (int n = 1; n <= N; n++)
        {
            AddToken(tokens.Slice((n - 1) * width, D), tokens[n * width - 1], sum);
            if (!_varyContext && n < N)
                continue;
            Span<double> query = tokens.Slice(n * width, D);
            Finish(sum, query, n, statistics.Slice(row * length, length));
            query.CopyTo(queries[(row * D)..]);
            targets[row++] = n == N ? target : tokens[n * width + D];
        }
    }

    /// <summary>Adds the query's own column and divides.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Finish(ReadOnlySpan<double> sum, ReadOnlySpan<double> query, int contextLength, Span<double> statistic)
    {
        sum.CopyTo(statistic);
        AddToken(query, 0, statistic);
        double s = _scale.Factor(contextLength);
        for (int r = 0; r < statistic.Length; r++)
            statistic[r] *= s;
    }

    /// <summary>sum += distinct entries of z zᵀ for a token z = (x, y).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddToken(ReadOnlySpan<double> x, double y, Span<double> sum)
    {
        int D = x.Length;
        AddScaled(y, x, sum[..D]);
        sum[D] += y * y;
        int offset = D + 1;
        for (int a = 0; a < D; a++)
        {
            AddScaled(x[a], x[a..], sum.Slice(offset, D - a));
            offset += D - a;
        }
    }
}
