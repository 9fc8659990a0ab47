using System.Buffers;
using Staircase.Kernels;

namespace Staircase.Transformers;

/// <summary>
/// The mean squared error of softmax attention on in-context regression, ŷ_q = Σ_h (V_h X softmax(Xᵀ KQ_h x_q / ρ))_{D+1} with the softmax
/// over all N + 1 tokens, the query included (Zhang et al. 2025, Fig. 5; the authors take ρ = 1 and divide by nothing else). Every
/// optimizer and the gradient flow train it.
/// </summary>
/// <remarks>
/// The parameters are those of the linear attention of the same shape, so that initial weights, files and measures serve both. No reduction
/// to moments is known: a step goes through all tokens, a block of sequences side by side in the lanes of a vector, computing what reaches
/// the query's output and its gradient and nothing else. In double precision: single would halve a time that is small already and round the
/// slow growth on plateaus. Sequences are summed in fixed blocks, added in order: the same bits on any number of threads.
/// </remarks>
public sealed class SoftmaxObjective : IInContextObjective
{
    private const int ChunkBlocks = 16; // blocks of sequences whose gradients are summed in one piece, by one thread

    private readonly TokenBlocks _data;
    private readonly ThreadTeam _team;
    private readonly Action<int> _evaluateChunk;
    private readonly Action<int> _predictChunk;
    private readonly int _batchSize;
    private readonly int _tokenCount;
    private readonly bool _seesQuery;
    private readonly double[] _value, _keyQuery, _dValue, _dKeyQuery, _inContext;
    private double[] _losses = [];
    private double[] _gradients = [];
    private double[] _predictions = [];
    private long _drawn = -1;

    private SoftmaxObjective(
        AttentionModel model, ISequenceSource sequences, int? batchSize, double temperature, bool seesQuery, ThreadTeam? team)
    {
        SoftmaxHeads.Require(model);
        if (model.InputDimension != sequences.InputDimension)
            throw new ArgumentException($"The model has input dimension {model.InputDimension}, the data {sequences.InputDimension}.");
        if (!(double.IsFinite(temperature) && temperature > 0))
            throw new ArgumentException($"The temperature must be finite and positive, not {temperature:R}.");
        if (batchSize < 1)
            throw new ArgumentException($"A batch needs at least one sequence, not {batchSize}.");
        Model = model;
        Temperature = temperature;
        _team = team ?? ThreadTeam.Shared;
        _data = new TokenBlocks(sequences, _team);
        _batchSize = batchSize ?? 0;
        _tokenCount = sequences.ContextLength + 1;
        _seesQuery = seesQuery;
        int D = model.InputDimension, H = model.Heads, W = D + 1;
        (_value, _dValue) = (new double[H * W], new double[H * W]);
        (_keyQuery, _dKeyQuery) = (new double[H * W * D], new double[H * W * D]);
        _inContext = new double[D * D];
        (_evaluateChunk, _predictChunk) = (EvaluateChunk, PredictChunk);
        if (batchSize is null)
            _data.Load(0, checked((int)sequences.Count));
    }

    /// <summary>What the weights mean: merged or separate attention.</summary>
    public AttentionModel Model { get; }

    /// <summary>ρ.</summary>
    public double Temperature { get; }

    /// <summary>Sequences in the loss: all, or those of a step.</summary>
    public int Count => _data.Count;

    /// <inheritdoc/>
    public ParameterLayout Layout => Model.Layout;

    /// <inheritdoc/>
    /// <remarks>
    /// What the linear attention with these weights would compute; of softmax attention it is the part of first order in KQ, before the
    /// mean over tokens is taken off.
    /// </remarks>
    public ReadOnlySpan<double> LastInContextMatrix => _inContext;

    /// <summary>The loss over a whole data set.</summary>
    /// <param name="model">Merged or separate attention.</param>
    /// <param name="sequences">The data; read once, and held: 8(N+1)(D+1) bytes a sequence.</param>
    /// <param name="temperature">ρ.</param>
    /// <param name="team">Threads; null takes the shared team.</param>
    /// <param name="seesQuery">Whether the softmax is over all tokens; else over the context alone.</param>
    /// <exception cref="ArgumentException">
    /// Model and data differ in the input dimension, the model is neither merged nor separate, or the temperature is not positive.
    /// </exception>
    public static SoftmaxObjective FullBatch(
        AttentionModel model, ISequenceSource sequences, double temperature = 1, ThreadTeam? team = null, bool seesQuery = true) =>
        new(model, sequences, null, temperature, seesQuery, team);

    /// <summary>The loss of online training: step k sees the sequences k·B … (k+1)·B − 1.</summary>
    /// <param name="model">Merged or separate attention.</param>
    /// <param name="sequences">A supply of sequences; at its end the first ones come again.</param>
    /// <param name="batchSize">B.</param>
    /// <param name="temperature">ρ.</param>
    /// <param name="team">Threads; null takes the shared team.</param>
    /// <exception cref="ArgumentException">As for <see cref="FullBatch"/>, or the batch is empty.</exception>
    public static SoftmaxObjective Online(
        AttentionModel model, ISequenceSource sequences, int batchSize, double temperature = 1, ThreadTeam? team = null) =>
        new(model, sequences, batchSize, temperature, seesQuery: true, team);

    /// <inheritdoc/>
    public int MovingCount(ReadOnlySpan<double> weights) => Layout.Count;

    /// <inheritdoc/>
    public void Draw(long step)
    {
        if (_batchSize == 0 || step == _drawn)
            return;
        _data.Load(step * _batchSize, _batchSize);
        _drawn = step;
    }

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> weights, Span<double> gradient)
    {
        Gather(weights);
        int size = _value.Length + _keyQuery.Length, chunks = Chunks;
        if (_gradients.Length < chunks * size)
        {
            _gradients = new double[chunks * size];
            _losses = new double[chunks];
        }

        _team.Run(chunks, _evaluateChunk);

        double loss = 0;
        Array.Clear(_dValue);
        Array.Clear(_dKeyQuery);
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            loss += _losses[chunk];
            AddScaled(1, _gradients.AsSpan(chunk * size, _dValue.Length), _dValue);
            AddScaled(1, _gradients.AsSpan(chunk * size + _dValue.Length, _dKeyQuery.Length), _dKeyQuery);
        }

        SoftmaxHeads.PullBack(Model, weights, _dValue, _dKeyQuery, gradient);
        return loss / Count;
    }

    /// <summary>The loss alone.</summary>
    public double Evaluate(ReadOnlySpan<double> weights)
    {
        Predict(weights);
        double loss = 0;
        for (int block = 0; block < _data.Blocks; block++)
        {
            ReadOnlySpan<double> targets = _data.Targets(block), predictions = _predictions.AsSpan(block * TokenBlocks.BlockLength);
            for (int i = 0; i < targets.Length; i++)
                loss += (predictions[i] - targets[i]) * (predictions[i] - targets[i]);
        }

        return loss / Count;
    }

    /// <summary>ŷ_q of every sequence in the loss.</summary>
    /// <param name="weights">A whole weight vector.</param>
    /// <param name="predictions">Receives the first <see cref="Count"/>.</param>
    public void Predict(ReadOnlySpan<double> weights, Span<double> predictions)
    {
        Predict(weights);
        _predictions.AsSpan(0, Count).CopyTo(predictions);
    }

    private void Predict(ReadOnlySpan<double> weights)
    {
        Gather(weights);
        if (_predictions.Length < Count)
            _predictions = new double[Count];
        _team.Run(Chunks, _predictChunk);
    }

    private int Chunks => (_data.Blocks + ChunkBlocks - 1) / ChunkBlocks;

    private int WorkspaceLength => QueryAttention.WorkspaceLength<double>(Model.Heads, Model.InputDimension, _tokenCount);

    private void Gather(ReadOnlySpan<double> weights)
    {
        if (weights.Length != Layout.Count)
            throw new ArgumentException($"The model has {Layout.Count} parameters, not {weights.Length}.");
        if (Count == 0)
            throw new InvalidOperationException("Draw the batch of a step first: an online loss has no data of its own.");
        SoftmaxHeads.Gather(Model, weights, _value, _keyQuery);
        int D = Model.InputDimension, W = D + 1;
        Array.Clear(_inContext);
        for (int h = 0; h < Model.Heads; h++)
        {
            AddScaled(_value[h * W + D], _keyQuery.AsSpan(h * W * D, D * D), _inContext);
            for (int a = 0; a < D; a++)
                AddScaled(_value[h * W + a], _keyQuery.AsSpan(h * W * D + D * D, D), _inContext.AsSpan(a * D, D));
        }
    }

    private void EvaluateChunk(int chunk)
    {
        int L = TokenBlocks.BlockLength, D = Model.InputDimension, H = Model.Heads;
        int size = _value.Length + _keyQuery.Length, work = WorkspaceLength;
        double[] rented = ArrayPool<double>.Shared.Rent(size * L + work + L);
        Span<double> lanes = rented.AsSpan(0, size * L), workspace = rented.AsSpan(size * L, work);
        Span<double> errors = rented.AsSpan(size * L + work, L);
        Span<double> dValue = lanes[..(_value.Length * L)], dKeyQuery = lanes[(_value.Length * L)..];
        lanes.Clear();

        double loss = 0, scale = 2.0 / Count;
        for (int block = chunk * ChunkBlocks; block < Min(_data.Blocks, (chunk + 1) * ChunkBlocks); block++)
        {
            ReadOnlySpan<double> tokens = _data.Tokens(block), targets = _data.Targets(block);
            QueryAttention.Forward(D, _tokenCount, _value, _keyQuery, 1 / Temperature, tokens, errors, workspace, _seesQuery);
            for (int i = 0; i < targets.Length; i++)
            {
                double error = errors[i] - targets[i];
                loss += error * error;
                errors[i] = scale * error;
            }

            errors[targets.Length..].Clear();
            QueryAttention.Backward(H, D, _tokenCount, tokens, errors, workspace, dValue, dKeyQuery);
        }

        Span<double> gradient = _gradients.AsSpan(chunk * size, size);
        for (int i = 0; i < size; i++)
        {
            double sum = 0;
            foreach (double lane in lanes.Slice(i * L, L))
                sum += lane;
            gradient[i] = sum;
        }

        _losses[chunk] = loss;
        ArrayPool<double>.Shared.Return(rented);
    }

    private void PredictChunk(int chunk)
    {
        int L = TokenBlocks.BlockLength, D = Model.InputDimension, work = WorkspaceLength;
        double[] rented = ArrayPool<double>.Shared.Rent(work + L);
        Span<double> workspace = rented.AsSpan(0, work), predictions = rented.AsSpan(work, L);
        for (int block = chunk * ChunkBlocks; block < Min(_data.Blocks, (chunk + 1) * ChunkBlocks); block++)
        {
            QueryAttention.Forward(
                D, _tokenCount, _value, _keyQuery, 1 / Temperature, _data.Tokens(block), predictions, workspace, _seesQuery);
            predictions[.._data.Targets(block).Length].CopyTo(_predictions.AsSpan(block * L));
        }

        ArrayPool<double>.Shared.Return(rented);
    }
}
