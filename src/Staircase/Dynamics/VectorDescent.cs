using Staircase.Kernels;

namespace Staircase;

/// <summary>
/// Online stochastic gradient descent on vector-valued tasks: an update takes one task and B fresh contexts, an epoch visits every task once.
/// </summary>
/// <remarks>
/// Contexts are drawn by their covariance (<see cref="ContextSource"/>), so that the cost of an update does not grow with N. Update k has its own random numbers, so a training that is
/// continued from its weights and <see cref="Updates"/> takes the same bits. Nothing is allocated an update.
/// </remarks>
public sealed class VectorDescent
{
    private const int UpdatesBetweenLooks = 4096; // at cancellation, within an epoch

    private readonly VectorRegressionTask _task;
    private readonly VectorDescentOptions _options;
    private readonly ulong _seed;
    private readonly ContextSource _source;
    private readonly VectorAttention _attention;
    private readonly VectorLoss _loss;
    private readonly double[] _context;
    private readonly double[] _query;
    private readonly double[] _gradient;
    private readonly int[] _order;
    private double _lossSum;
    private long _lossCount;

    /// <summary>A training at its start, or where an earlier one stood.</summary>
    /// <param name="task">The task.</param>
    /// <param name="start">Weights in the eigenbasis of the inputs; they are copied.</param>
    /// <param name="options">Learning rate and more.</param>
    /// <param name="seed">Where contexts and orders come from.</param>
    /// <param name="updates">Updates already taken.</param>
    /// <exception cref="ArgumentException">A size, the rate or the batch is out of range, p₁ or q₂ is not zero though they are not trained, or N &lt; D and tokens are declined.</exception>
    public VectorDescent(VectorRegressionTask task, VectorWeights start, VectorDescentOptions options, ulong seed, long updates = 0)
    {
        MatrixFlow.RequireSize(task, start);
        VectorFlow.Require(options.EpochRate, []);
        if (options.BatchSize < 1)
            throw new ArgumentException($"A batch needs at least one context, not {options.BatchSize}.");
        if (updates < 0)
            throw new ArgumentException($"The number of updates taken must not be negative, found {updates}.");
        if (!options.AllBlocks && !start.IsReduced)
            throw new ArgumentException("The initial p₁ and q₂ must be zero where they are not trained; train all blocks instead.");
        _task = task;
        _options = options;
        _seed = seed;
        Weights = start.Copy();
        Updates = updates;
        _source = new ContextSource(task.Spectrum, task.ContextLength, options.Tokens);
        _attention = new VectorAttention(task, _source.Columns);
        _loss = new VectorLoss(task);
        _context = new double[task.InputDimension * _source.Columns];
        _query = new double[task.InputDimension];
        _gradient = new double[options.AllBlocks ? Weights.All.Length : Weights.InContext.Length];
        _order = new int[task.Tasks.Count];
        Order(Epoch);
    }

    /// <summary>The current weights, in the eigenbasis of the inputs.</summary>
    public VectorWeights Weights { get; }

    /// <summary>Updates taken.</summary>
    public long Updates { get; private set; }

    /// <summary>Whole epochs taken: time of the flows.</summary>
    public long Epoch => Updates / _task.Tasks.Count;

    /// <summary>Whether contexts are drawn as tokens instead of by their covariance.</summary>
    public bool DrawsTokens => _source.DrawsTokens;

    /// <summary>The mean loss on the contexts of the last whole epoch, each before its update; NaN before the first.</summary>
    public double EpochLoss { get; private set; } = double.NaN;

    /// <summary>The current point; its loss is the exact expected one while p₁ = q₂ = 0, else <see cref="EpochLoss"/>.</summary>
    public VectorPoint Point()
    {
        double loss = Weights.IsReduced ? _loss.Evaluate(Weights.InContext, new double[Weights.InContext.Length]) : EpochLoss;
        return new VectorPoint((double)Updates / _task.Tasks.Count, loss, VectorWeights.Diagonal(Weights.Value), VectorWeights.Diagonal(Weights.KeyQuery)) { Weights = Weights.Copy() };
    }

    /// <summary>Trains until a number of epochs has been taken since the start, telling the observer of every one.</summary>
    /// <param name="epochs">The last epoch.</param>
    /// <param name="observer">Told after each epoch; returns whether to go on. Null goes on.</param>
    /// <param name="cancellation">Stops training between two updates; it can go on from there.</param>
    /// <returns>Whether the end was reached (else the observer stopped training).</returns>
    /// <exception cref="DivergedException">The loss is not finite.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    public bool Run(long epochs, Func<VectorDescent, bool>? observer = null, CancellationToken cancellation = default)
    {
        while (Epoch < epochs)
        {
            RunEpoch(cancellation);
            if (observer is not null && !observer(this))
                return false;
        }

        return true;
    }

    /// <summary>Trains to the end of the current epoch.</summary>
    /// <exception cref="DivergedException">The loss is not finite.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled.</exception>
    public void RunEpoch(CancellationToken cancellation = default)
    {
        int P = _task.Tasks.Count;
        for (int k = (int)(Updates % P); k < P; k++)
        {
            if (k % UpdatesBetweenLooks == 0)
                cancellation.ThrowIfCancellationRequested();
            Update(_task.Tasks[_order[k]]);
        }

        EpochLoss = _lossSum / _lossCount;
        (_lossSum, _lossCount) = (0, 0);
        if (!double.IsFinite(EpochLoss))
            throw new DivergedException(Updates, EpochLoss);
        Order(Epoch);
    }

    private void Update(ReadOnlySpan<double> map)
    {
        int B = _options.BatchSize;
        var random = new RandomStream(_seed, RandomPurpose.Inputs, Updates);
        _gradient.AsSpan().Clear();
        for (int b = 0; b < B; b++)
        {
            _source.Draw(ref random, _context, _query);
            _lossSum += _attention.Accumulate(Weights, map, _context, _query, !_options.AllBlocks, _gradient);
        }

        _lossCount += B;
        VectorKernels.AddScaled(-_options.EpochRate / _task.Tasks.Count / B, _gradient, Weights.All[.._gradient.Length]);
        Updates++;
    }

    /// <summary>The order of an epoch, from its number alone.</summary>
    private void Order(long epoch)
    {
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
