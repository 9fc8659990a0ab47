using System.Runtime.CompilerServices;

namespace Staircase;

/// <summary>
/// The exact full-batch loss of a data set as a quadratic form: L = ȳ² − 2 bᵀt + tᵀ C t with C = mean F Fᵀ, b = mean y F,
/// ȳ² = mean y², where F = g ⊗ x_q are the distinct cubic features.
/// </summary>
/// <remarks>
/// One pass over the data builds C and b; every later evaluation costs one symmetric matrix–vector product, whatever the
/// number and length of the sequences. Holds for any weights, any mixture of sequences and varying context lengths.
/// </remarks>
public sealed class QuadraticLoss : IAttentionLoss
{
    private const int BlockRows = 256;

    private readonly double[] _covariance; // n×n with row stride _stride, upper triangle
    private readonly double[] _correlation; // n
    private readonly int _length;
    private readonly int _stride;

    private QuadraticLoss(int inputDimension, double[] covariance, int stride, double[] correlation, double targetSquare)
    {
        InputDimension = inputDimension;
        _covariance = covariance;
        _stride = stride;
        _correlation = correlation;
        _length = correlation.Length;
        TargetSquare = targetSquare;
    }

    /// <inheritdoc/>
    public int InputDimension { get; }

    /// <inheritdoc/>
    /// <remarks>False: in a finite sample third-order coincidences push every block off zero.</remarks>
    public bool KeepsZeroBlocks => false;

    /// <summary>ȳ², the mean squared target: the loss of the zero function.</summary>
    public double TargetSquare { get; }

    /// <summary>The bytes that the moments of dimension D take.</summary>
    public static double MemoryOf(int inputDimension)
    {
        double n = AttentionMap.Length(inputDimension) + 1.0;
        return n * n * sizeof(double);
    }

    /// <summary>The moments of a sample of tokens.</summary>
    public static QuadraticLoss From(Sample sample) =>
        From(new TokenStatistics(sample, sample.Task.OutputScale, sample.Task.VaryContext));

    /// <summary>The moments of a data set, in one parallel pass whose memory does not grow with the number of sequences.</summary>
    /// <param name="source">The data.</param>
    /// <param name="progress">Told the fraction done, from 0 to 1.</param>
    /// <param name="cancellation">Stops the pass.</param>
    /// <remarks>The same bits on any number of cores: sequences are added in their order, and threads own rows of C.</remarks>
    public static QuadraticLoss From(IStatisticSource source, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        int D = source.InputDimension, n = AttentionMap.Length(D), statistics = source.StatisticsPerSequence;
        int size = n + 1; // the target is one more feature, so that b and ȳ² come from the same product
        int stride = (size + 7) / 8 * 8;
        long perBlock = Max(1, BlockRows / statistics);
        var features = new double[perBlock * statistics * stride];
        var moments = new double[(long)size * stride];
        int[] rowBounds = TriangleRows(size, Min(16, size));

        for (long first = 0; first < source.Count; first += perBlock)
        {
            cancellation.ThrowIfCancellationRequested();
            int sequences = (int)Min(perBlock, source.Count - first);
            Parallel.For(0, (sequences + 31) / 32, ThreadTeam.Limit, chunk =>
            {
                for (int i = chunk * 32; i < Min(sequences, chunk * 32 + 32); i++)
                    WriteFeatures(source, first + i, features.AsSpan(i * statistics * stride, statistics * stride), stride);
            });
            Parallel.For(0, rowBounds.Length - 1, ThreadTeam.Limit, part => SymmetricMatrix.AddOuterProducts(
                size, sequences * statistics, features, stride, moments, stride, rowBounds[part], rowBounds[part + 1]));
            progress?.Report((double)(first + sequences) / source.Count);
        }

        double scale = 1.0 / (source.Count * statistics);
        for (int i = 0; i < moments.Length; i++)
            moments[i] *= scale;
        var correlation = new double[n];
        for (int i = 0; i < n; i++)
            correlation[i] = moments[(long)i * stride + n];
        return new(D, moments, stride, correlation, moments[(long)n * stride + n]);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Evaluate(ReadOnlySpan<double> map, Span<double> gradient)
    {
        AttentionMap.IsInContextOnly(map.Length, InputDimension);
        int n = map.Length;
        ReadOnlySpan<double> b = _correlation.AsSpan(0, n);
        SymmetricMatrix.Multiply(n, _covariance, _stride, map, gradient);
        return Finish(map, b, gradient);
    }

    /// <summary>The losses and gradients of many whole maps, each to the bits that it gets alone, by one product of matrices.</summary>
    /// <param name="maps">One after another.</param>
    /// <param name="gradients">Receives ∂L/∂t of each.</param>
    /// <param name="losses">Receives L of each; its length says how many there are.</param>
    internal void Evaluate(ReadOnlySpan<double> maps, Span<double> gradients, Span<double> losses)
    {
        int n = _length;
        SymmetricMatrix.MultiplyMany(n, _covariance, _stride, losses.Length, maps, gradients);
        for (int i = 0; i < losses.Length; i++)
            losses[i] = Finish(maps.Slice(i * n, n), _correlation, gradients.Slice(i * n, n));
    }

    /// <summary>The loss and its gradient from C t, which stands where the gradient goes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Finish(ReadOnlySpan<double> map, ReadOnlySpan<double> b, Span<double> gradient)
    {
        double quadratic = Dot(map, gradient), linear = Dot(map, b);
        for (int i = 0; i < map.Length; i++)
            gradient[i] = 2 * (gradient[i] - b[i]);
        return TargetSquare - 2 * linear + quadratic;
    }

    /// <summary>C_ij.</summary>
    public double FeatureCovariance(int i, int j) => _covariance[(long)Min(i, j) * _stride + Max(i, j)];

    /// <summary>b_i.</summary>
    public double FeatureCorrelation(int i) => _correlation[i];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteFeatures(IStatisticSource source, long index, Span<double> rows, int stride)
    {
        int D = source.InputDimension, length = AttentionMap.StatisticLength(D), statistics = source.StatisticsPerSequence;
        Span<double> asked = statistics * (D + 1) <= 512 ? stackalloc double[statistics * (D + 1)] : new double[statistics * (D + 1)];
        Span<double> queries = asked[..(statistics * D)], targets = asked[(statistics * D)..];
        Span<double> g = statistics * length <= 512 ? stackalloc double[statistics * length] : new double[statistics * length];
        source.Read(index, g, queries, targets);
        for (int s = 0; s < statistics; s++)
        {
            Span<double> row = rows.Slice(s * stride, stride), query = queries.Slice(s * D, D);
            for (int r = 0; r < length; r++)
            {
                double entry = g[s * length + r];
                for (int c = 0; c < D; c++)
                    row[r * D + c] = entry * query[c];
            }

            row[length * D] = targets[s];
        }
    }

    /// <summary>Cuts the rows of an upper triangle into parts of about equal area.</summary>
    private static int[] TriangleRows(int size, int parts)
    {
        var bounds = new int[parts + 1];
        for (int p = 1; p < parts; p++)
            bounds[p] = Max(bounds[p - 1], (int)(size * (1 - Sqrt(1 - (double)p / parts))));
        bounds[parts] = size;
        return bounds;
    }
}
