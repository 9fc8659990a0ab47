using System.Runtime.CompilerServices;
using Staircase.Kernels;

namespace Staircase;

/// <summary>Sufficient statistics computed from the tokens themselves.</summary>
public sealed class TokenStatistics : IStatisticSource
{
    private readonly ISequenceSource _sequences;
    private readonly OutputScale _scale;
    private readonly bool _varyContext;

    /// <param name="sequences">Where the tokens come from.</param>
    /// <param name="scale">What X Xᵀ is divided by.</param>
    /// <param name="varyContext">Whether every prefix of the context counts, each with its own scale.</param>
    public TokenStatistics(ISequenceSource sequences, OutputScale scale, bool varyContext)
    {
        _sequences = sequences;
        _scale = scale;
        _varyContext = varyContext;
    }

    /// <inheritdoc/>
    public long Count => _sequences.Count;

    /// <inheritdoc/>
    public int InputDimension => _sequences.InputDimension;

    /// <inheritdoc/>
    public int StatisticsPerSequence => _varyContext ? _sequences.ContextLength : 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Read(long index, Span<double> statistics, Span<double> query)
    {
        int D = InputDimension, N = _sequences.ContextLength, width = D + 1;
        int length = AttentionMap.StatisticLength(D);
        Span<double> tokens = (N + 1) * width <= 1024 ? stackalloc double[(N + 1) * width] : new double[(N + 1) * width];
        Span<double> sum = length <= 256 ? stackalloc double[length] : new double[length];
        double target = _sequences.Read(index, tokens);
        Span<double> last = tokens.Slice(N * width, width);
        last[..D].CopyTo(query);

        sum.Clear();
        for (int n = 0; n < N; n++)
        {
            AddToken(tokens.Slice(n * width, width), sum);
            if (_varyContext)
                Finish(sum, last, n + 1, statistics.Slice(n * length, length));
        }

        if (!_varyContext)
            Finish(sum, last, N, statistics);
        return target;
    }

    /// <summary>Adds the query's own column and divides.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Finish(ReadOnlySpan<double> sum, ReadOnlySpan<double> query, int contextLength, Span<double> statistic)
    {
        sum.CopyTo(statistic);
        AddToken(query, statistic);
        double s = _scale.Factor(contextLength);
        for (int r = 0; r < statistic.Length; r++)
            statistic[r] *= s;
    }

    /// <summary>sum += distinct entries of z zᵀ for a token z = (x, y).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddToken(ReadOnlySpan<double> token, Span<double> sum)
    {
        int D = token.Length - 1;
        ReadOnlySpan<double> x = token[..D];
        double y = token[D];
        VectorKernels.AddScaled(y, x, sum[..D]);
        sum[D] += y * y;
        int offset = D + 1;
        for (int a = 0; a < D; a++)
        {
            VectorKernels.AddScaled(x[a], x[a..], sum.Slice(offset, D - a));
            offset += D - a;
        }
    }
}
