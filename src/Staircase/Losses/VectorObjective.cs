namespace Staircase;

/// <summary>
/// The loss that one update of online training on vector-valued tasks sees, ½‖ŷ − Wx_q‖² on B fresh contexts of one task; an epoch of P
/// steps visits every task once.
/// </summary>
/// <remarks>
/// Contexts are drawn by their covariance (<see cref="ContextSource"/>), so that the cost of an update does not grow with N. Step k has its
/// own random numbers: a training that is continued draws the same bits. Nothing is allocated a step. One object serves one thread.
/// </remarks>
public sealed class VectorObjective : IObjective<double>
{
    private readonly VectorRegressionTask _task;
    private readonly VectorObjectiveOptions _options;
    private readonly ulong _seed;
    private readonly ContextSource _source;
    private readonly VectorAttention _attention;
    private readonly double[] _contexts, _queries;
    private readonly int[] _order;
    private long _orderedEpoch = -1;
    private int _taskOfStep = -1;
    private double _lossSum;
    private long _lossCount;

    /// <param name="task">The tasks and their contexts.</param>
    /// <param name="options">Batches and more.</param>
    /// <param name="seed">Of contexts and of the order of the tasks.</param>
    /// <exception cref="ArgumentException">A batch is empty, or contexts cannot be drawn as wanted.</exception>
    public VectorObjective(VectorRegressionTask task, VectorObjectiveOptions options, ulong seed)
    {
        if (options.BatchSize < 1)
            throw new ArgumentException($"A batch needs at least one context, not {options.BatchSize}.");
        (_task, _options, _seed) = (task, options, seed);
        int D = task.InputDimension;
        Layout = VectorWeights.LayoutOf(D);
        _source = new ContextSource(task.Spectrum, task.ContextLength, options.Tokens);
        _attention = new VectorAttention(task, _source.Columns);
        _contexts = new double[options.BatchSize * D * _source.Columns];
        _queries = new double[options.BatchSize * D];
        _order = new int[task.Tasks.Count];
    }

    /// <summary>The blocks of <see cref="VectorWeights.All"/>.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>Whether contexts are drawn token by token, which N below D needs.</summary>
    public bool DrawsTokens => _source.DrawsTokens;

    /// <summary>The mean loss of the epoch's steps so far, each at the weights before its update; NaN before the first.</summary>
    public double EpochLoss => _lossSum / _lossCount;

    /// <summary>All weights, or p₂ and q₁ alone.</summary>
    /// <exception cref="ArgumentException">p₁ or q₂ is not zero where they do not move.</exception>
    public int MovingCount(ReadOnlySpan<double> weights)
    {
        int reduced = 2 * _task.InputDimension * _task.InputDimension;
        if (_options.AllBlocks)
            return Layout.Count;
        return weights[reduced..].ContainsAnyExcept(0.0)
            ? throw new ArgumentException("The initial p₁ and q₂ must be zero where they are not trained; train all blocks instead.")
            : reduced;
    }

    /// <inheritdoc/>
    public void Draw(long step)
    {
        int P = _order.Length, D = _task.InputDimension, size = D * _source.Columns;
        if (step % P == 0)
            (_lossSum, _lossCount) = (0, 0);
        Order(step / P);
        _taskOfStep = _order[step % P];
        var random = new RandomStream(_seed, RandomPurpose.Inputs, step);
        for (int b = 0; b < _options.BatchSize; b++)
            _source.Draw(ref random, _contexts.AsSpan(b * size, size), _queries.AsSpan(b * D, D));
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">No step was drawn.</exception>
    public double Evaluate(ReadOnlySpan<double> weights, Span<double> gradient)
    {
        if (_taskOfStep < 0)
            throw new InvalidOperationException("Draw the contexts of a step first.");
        int B = _options.BatchSize, D = _task.InputDimension, size = D * _source.Columns;
        ReadOnlySpan<double> map = _task.Tasks[_taskOfStep];
        gradient.Clear();
        double loss = 0;
        for (int b = 0; b < B; b++)
            loss += _attention.Accumulate(weights, map, _contexts.AsSpan(b * size, size), _queries.AsSpan(b * D, D), gradient);
        Scale(1.0 / B, gradient, gradient);
        _lossSum += loss;
        _lossCount += B;
        return loss / B;
    }

    private void Order(long epoch)
    {
        if (epoch == _orderedEpoch)
            return;
        _orderedEpoch = epoch;
        for (int i = 0; i < _order.Length; i++)
            _order[i] = i;
        if (!_options.Shuffle)
            return;
        var random = new RandomStream(_seed, RandomPurpose.TaskOrder, epoch);
        for (int i = _order.Length - 1; i > 0; i--)
        {
            int other = (int)(random.NextUniform() * (i + 1));
            (_order[i], _order[other]) = (_order[other], _order[i]);
        }
    }
}
