namespace Staircase;

/// <summary>
/// The mean squared error over a batch of sequences, each evaluated from its statistics: the loss of online training, and of
/// samples in dimensions where the moments of <see cref="QuadraticLoss"/> would not fit.
/// </summary>
/// <remarks>Costs O(B·D³) an evaluation. Blocks of sequences are summed in a fixed order: the same bits on any number of cores.</remarks>
/// <param name="inputDimension">D.</param>
/// <param name="statisticsPerSequence">One, or the number of prefixes of each context.</param>
public sealed class SequenceLoss(int inputDimension, int statisticsPerSequence = 1) : IAttentionLoss
{
    private const int BlockSequences = 64;

    private readonly int _statistics = statisticsPerSequence;
    private readonly int _length = AttentionMap.StatisticLength(inputDimension);
    private double[] _grams = [];
    private double[] _queries = [];
    private double[] _targets = [];
    private double[] _gradients = [];
    private double[] _losses = [];
    private int _count;

    /// <inheritdoc/>
    public int InputDimension { get; } = inputDimension;

    /// <inheritdoc/>
    public bool KeepsZeroBlocks => false;

    /// <summary>Sequences of the batch.</summary>
    public int Count => _count * _statistics;

    /// <summary>A loss that holds a whole data set.</summary>
    public static SequenceLoss From(IStatisticSource source)
    {
        var loss = new SequenceLoss(source.InputDimension, source.StatisticsPerSequence);
        loss.Load(source, 0, checked((int)source.Count));
        return loss;
    }

    /// <summary>Replaces the batch by the sequences first … first + count − 1 of a source.</summary>
    public void Load(IStatisticSource source, long first, int count)
    {
        int D = InputDimension, row = _statistics * _length;
        if (_targets.Length < (long)count * _statistics)
        {
            _grams = new double[(long)count * row];
            _queries = new double[(long)count * _statistics * D];
            _targets = new double[(long)count * _statistics];
        }

        _count = count;
        Parallel.For(0, (count + BlockSequences - 1) / BlockSequences, ThreadTeam.Limit, block =>
        {
            for (int i = block * BlockSequences; i < Min(count, (block + 1) * BlockSequences); i++)
            {
                source.Read(
                    first + i, _grams.AsSpan(i * row, row), _queries.AsSpan(i * _statistics * D, _statistics * D),
                    _targets.AsSpan(i * _statistics, _statistics));
            }
        });
    }

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> map, Span<double> gradient)
    {
        AttentionMap.IsInContextOnly(map.Length, InputDimension);
        int blocks = (_count + BlockSequences - 1) / BlockSequences, n = map.Length;
        if (_losses.Length < blocks || _gradients.Length < blocks * n)
        {
            _losses = new double[blocks];
            _gradients = new double[blocks * n];
        }

        double[] shared = System.Buffers.ArrayPool<double>.Shared.Rent(n);
        map.CopyTo(shared);
        if (blocks == 1)
            EvaluateBlock(0, shared.AsSpan(0, n));
        else
            Parallel.For(0, blocks, ThreadTeam.Limit, block => EvaluateBlock(block, shared.AsSpan(0, n)));
        System.Buffers.ArrayPool<double>.Shared.Return(shared);

        double loss = 0, scale = 1.0 / ((double)_count * _statistics);
        gradient.Clear();
        for (int block = 0; block < blocks; block++)
        {
            loss += _losses[block];
            AddScaled(scale, _gradients.AsSpan(block * n, n), gradient);
        }

        return loss * scale;
    }

    private void EvaluateBlock(int block, ReadOnlySpan<double> map)
    {
        int D = InputDimension, n = map.Length, rows = n / D;
        Span<double> gradient = _gradients.AsSpan(block * n, n);
        gradient.Clear();
        double loss = 0;
        for (int i = block * BlockSequences; i < Min(_count, (block + 1) * BlockSequences); i++)
        {
            for (int s = i * _statistics; s < (i + 1) * _statistics; s++)
            {
                ReadOnlySpan<double> g = _grams.AsSpan(s * _length, _length), query = _queries.AsSpan(s * D, D);
                double error = AttentionMap.Predict(map, g, query) - _targets[s];
                loss += error * error;
                for (int r = 0; r < rows; r++)
                    AddScaled(2 * error * g[r], query, gradient.Slice(r * D, D));
            }
        }

        _losses[block] = loss;
    }
}
