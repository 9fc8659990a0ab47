using System.Buffers;
using System.Numerics;
using Staircase.Kernels;

namespace Staircase.Transformers;

/// <summary>
/// The one-layer transformer of the progress-measures work (Nanda et al. 2023) on sequences a, b, =: learned positions, attention without a
/// norm, an MLP with ReLU, an untied unembedding; the result is read off the last position.
/// </summary>
/// <remarks>
/// It uses what the task allows. Only the last token asks, and it is always the same, so that there is one query; keys and values depend on
/// (token, position) alone, so that scores and what a head writes, W_V W_O of its token, are tables of 2n + 1 rows; a pair costs three
/// weighted rows a head. What remains are the products of the MLP and the unembedding, in chunks of pairs that stay in a core's cache from
/// the residual stream forward to the logits and back. Chunks depend on the number of pairs alone and are summed in order: the same bits on
/// any number of threads. The loss and its gradient at the logits are computed in double precision: in single, 1 − p of a learned pair
/// rounds to nothing and training falls back (Nanda et al. 2023, App. A).
/// </remarks>
/// <typeparam name="T">Single precision to train, double to check.</typeparam>
public sealed class ModularTransformer<T> : IObjective<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>About how many pairs a chunk has: their hidden layer, 384 × 512 numbers, stays in the second-level cache.</summary>
    private const int ChunkPairs = 384;

    private const int Positions = ModularShape.Positions;

    private readonly PairSet _training;
    private readonly ThreadTeam _team;
    private readonly T _scoreScale;
    private readonly int _tail;

    // Tables of 2n + 1 rows: n tokens at the first position, n at the second, the sign of equality at the third.
    private readonly T[] _x, _values, _outputs, _scores, _question, _query;
    private readonly T[] _dx, _dValues, _dOutputs, _dScores, _dQuestion, _dQuery;
    private readonly T[] _lastOutputs, _lastScores, _residuals, _base;
    private readonly Action<int> _runChunk, _gatherToken, _reducePart;

    private PairSet _pairs;
    private T[] _weights = [], _gradient = [], _chunkGradients = [];
    private T[] _attention = [], _dAttention = [], _dResidual = [];
    private double[] _losses = [];
    private int[] _right = [];
    private T[]? _logits, _neurons;
    private int _chunkSize;
    private bool _wantsGradient;

    /// <param name="shape">The sizes.</param>
    /// <param name="training">The pairs to train on.</param>
    /// <param name="team">Threads; null takes the shared team.</param>
    /// <exception cref="ArgumentException">A size is not positive, or the pairs do not fit the shape.</exception>
    public ModularTransformer(ModularShape shape, PairSet training, ThreadTeam? team = null)
    {
        if (shape.ModelDimension < 1 || shape.Heads < 1 || shape.HeadDimension < 1 || shape.MlpDimension < 1)
        {
            throw new ArgumentException(
                "d_model, heads, d_head and d_mlp must be positive; "
                + $"found {shape.ModelDimension}, {shape.Heads}, {shape.HeadDimension} and {shape.MlpDimension}.");
        }

        if (training.Operands != shape.Operands || training.Targets.Any(target => target >= shape.Classes))
        {
            throw new ArgumentException(
                $"The model has {shape.Operands} operands and {shape.Classes} results, "
                + $"the pairs {training.Operands} and up to {training.Targets.Max() + 1}.");
        }

        (Shape, _training, _pairs, _team) = (shape, training, training, team ?? ThreadTeam.Shared);
        Layout = shape.Layout();
        _tail = Layout["blocks.0.mlp.W_in"].Offset;
        _scoreScale = T.CreateTruncating(1 / Sqrt(shape.HeadDimension));
        int n = shape.Operands, rows = 2 * n + 1, d = shape.ModelDimension, H = shape.Heads, h = shape.HeadDimension;
        (_x, _dx) = (new T[rows * d], new T[rows * d]);
        (_values, _dValues) = (new T[rows * H * h], new T[rows * H * h]);
        (_outputs, _dOutputs) = (new T[rows * H * d], new T[rows * H * d]);
        (_scores, _dScores) = (new T[rows * H], new T[rows * H]);
        (_question, _dQuestion) = (new T[H * d], new T[H * d]);
        (_query, _dQuery) = (new T[H * h], new T[H * h]);
        (_lastOutputs, _lastScores, _residuals) = (new T[n * H * d], new T[n * H], new T[n * d]);
        _base = new T[d];
        (_runChunk, _gatherToken, _reducePart) = (RunChunk, GatherToken, ReducePart);
    }

    /// <summary>The sizes.</summary>
    public ModularShape Shape { get; }

    /// <inheritdoc/>
    public ParameterLayout Layout { get; }

    /// <summary>
    /// The initial weights: normal with standard deviation <paramref name="scale"/>/√d_model, of W_U <paramref name="scale"/>/√C; biases
    /// are zero (Nanda et al. 2023).
    /// </summary>
    public T[] Initialize(double scale, ulong seed)
    {
        var weights = new T[Layout.Count];
        for (int i = 0; i < Layout.Blocks.Count; i++)
        {
            ParameterBlock block = Layout.Blocks[i];
            if (block.Name.Contains(".b_"))
                continue;
            var normal = new double[block.Length];
            new RandomStream(seed, RandomPurpose.Weights, i).FillNormal(normal);
            double deviation = scale / Sqrt(block.Name == "unembed.W_U" ? Shape.Classes : Shape.ModelDimension);
            for (int k = 0; k < normal.Length; k++)
                weights[block.Offset + k] = T.CreateTruncating(deviation * normal[k]);
        }

        return weights;
    }

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<T> weights, Span<T> gradient)
    {
        Load(weights, _training);
        int chunks = Chunks, size = Layout.Count - _tail;
        if (_chunkGradients.Length < chunks * size)
            _chunkGradients = new T[chunks * size];
        if (_gradient.Length == 0)
            _gradient = new T[Layout.Count];
        _wantsGradient = true;
        _team.Run(chunks, _runChunk);
        _team.Run(Shape.Operands, _gatherToken);
        _team.Run(_team.Threads, _reducePart);
        BackThroughTables();
        _gradient.CopyTo(gradient);
        return Loss();
    }

    /// <summary>Loss and accuracy on any pairs.</summary>
    /// <returns>The mean loss in nats, and the share of pairs whose right result is the most likely one; NaN without pairs.</returns>
    public (double Loss, double Accuracy) Test(ReadOnlySpan<T> weights, PairSet pairs)
    {
        Read(weights, pairs, null, null);
        return (Loss(), pairs.Count == 0 ? double.NaN : (double)_right.AsSpan(0, Chunks).ToArray().Sum() / pairs.Count);
    }

    /// <summary>Logits and hidden activations on any pairs.</summary>
    /// <param name="logits">Receives [pairs, classes]; null where they are not wanted.</param>
    /// <param name="neurons">Receives the MLP's activations after the ReLU, [pairs, hidden]; null where they are not wanted.</param>
    public void Read(ReadOnlySpan<T> weights, PairSet pairs, T[]? logits, T[]? neurons)
    {
        Load(weights, pairs);
        (_logits, _neurons, _wantsGradient) = (logits, neurons, false);
        _team.Run(Chunks, _runChunk);
        (_logits, _neurons) = (null, null);
    }

    private int Chunks => (_pairs.Count + _chunkSize - 1) / Max(1, _chunkSize);

    private double Loss()
    {
        double sum = 0;
        for (int chunk = 0; chunk < Chunks; chunk++)
            sum += _losses[chunk];
        return _pairs.Count == 0 ? double.NaN : sum / _pairs.Count;
    }

    /// <summary>A row of a table, or a pair's part of what all pairs have.</summary>
    private static Span<T> Row(T[] table, int row, int width) => table.AsSpan(row * width, width);

    private ReadOnlySpan<T> Weight(string name) => Layout.Slice<T>((ReadOnlySpan<T>)_weights, name);

    /// <summary>Adds a bias to rows, where the model has it.</summary>
    private void AddBias(string name, Span<T> rows)
    {
        if (Shape.Biases == ModularBiases.All || (Shape.Biases == ModularBiases.Mlp && name.Contains(".mlp.")))
            Bias.Add(Weight(name), rows);
    }

    private Span<T> Gradient(string name) => Layout.Slice<T>(_gradient.AsSpan(), name);

    /// <summary>
    /// The part of a chunk's gradient that belongs to a tensor of the MLP or the unembedding: they are the tail of the layout.
    /// </summary>
    private Span<T> Tail(Span<T> chunkGradient, string name) => chunkGradient.Slice(Layout[name].Offset - _tail, Layout[name].Length);

    private void Load(ReadOnlySpan<T> weights, PairSet pairs)
    {
        if (weights.Length != Layout.Count)
            throw new ArgumentException($"The model has {Layout.Count} weights, not {weights.Length}.");
        if (_weights.Length == 0)
            _weights = new T[Layout.Count];
        weights.CopyTo(_weights);
        _pairs = pairs;

        // An even number of chunks, so that two cores share them evenly, whatever the machine.
        int chunks = 2 * Max(1, (pairs.Count + (2 * ChunkPairs) - 1) / (2 * ChunkPairs));
        _chunkSize = Max(1, (pairs.Count + chunks - 1) / chunks);
        int H = Shape.Heads, d = Shape.ModelDimension;
        if (_attention.Length < pairs.Count * Positions * H)
        {
            int scores = pairs.Count * Positions * H;
            (_attention, _dAttention, _dResidual) = (new T[scores], new T[scores], new T[pairs.Count * d]);
        }

        if (_losses.Length < chunks)
            (_losses, _right) = (new double[chunks], new int[chunks]);
        FillTables();
    }

    /// <summary>What every head does with every token at every position.</summary>
    private void FillTables()
    {
        int n = Shape.Operands, d = Shape.ModelDimension, H = Shape.Heads, h = Shape.HeadDimension, rows = 2 * n + 1;
        ReadOnlySpan<T> E = Weight("embed.W_E"), position = Weight("pos_embed.W_pos");
        for (int row = 0; row < rows; row++)
        {
            (int token, int place) = TokenAt(row);
            Span<T> x = Row(_x, row, d);
            E.Slice(token * d, d).CopyTo(x);
            AddScaled(T.One, position.Slice(place * d, d), x);
        }

        ReadOnlySpan<T> last = Row(_x, 2 * n, d), Q = Weight("blocks.0.attn.W_Q"), K = Weight("blocks.0.attn.W_K");
        ReadOnlySpan<T> V = Weight("blocks.0.attn.W_V"), O = Weight("blocks.0.attn.W_O");
        for (int i = 0; i < H; i++)
        {
            int block = i * d * h;
            Span<T> q = _query.AsSpan(i * h, h);
            MatrixProduct.Of(T.One, last.AsMatrix(1, d), Q[block..].AsMatrix(d, h), q);
            if (Shape.Biases == ModularBiases.All)
                AddScaled(T.One, Weight("blocks.0.attn.b_Q").Slice(i * h, h), q);
            MatrixProduct.Of(_scoreScale, q.AsMatrix(1, h), K[block..].AsMatrix(d, h).Transposed, _question.AsSpan(i * d, d));
            MatrixProduct.Of(T.One, _x.AsMatrix(rows, d), V[block..].AsMatrix(d, h), _values.AsSpan(i * h), stride: H * h, team: _team);
        }

        AddBias("blocks.0.attn.b_V", _values);
        for (int i = 0; i < H; i++)
        {
            MatrixView<T> values = _values.AsSpan(i * h).AsMatrix(rows, h, H * h), output = O[(i * h * d)..].AsMatrix(h, d);
            MatrixProduct.Of(T.One, values, output, _outputs.AsSpan(i * d), stride: H * d, team: _team);
        }

        MatrixProduct.Of(T.One, _x.AsMatrix(rows, d), _question.AsMatrix(H, d).Transposed, _scores);
        last.CopyTo(_base);
        AddBias("blocks.0.attn.b_O", _base);
    }

    private (int Token, int Position) TokenAt(int row) =>
        row < Shape.Operands ? (row, 0) : row < 2 * Shape.Operands ? (row - Shape.Operands, 1) : (Shape.Operands, 2);

    /// <summary>The table row of the token at a position of a pair's sequence.</summary>
    private int RowAt(int pair, int position) => position switch
    {
        0 => _pairs.First[pair],
        1 => Shape.Operands + _pairs.Second[pair],
        _ => 2 * Shape.Operands,
    };

    /// <summary>Residual stream, hidden layer and logits of a chunk of pairs.</summary>
    private void Forward(int first, int count, Span<T> residual, Span<T> hidden, Span<T> activation, Span<T> final, Span<T> logits)
    {
        int d = Shape.ModelDimension, H = Shape.Heads, m = Shape.MlpDimension, C = Shape.Classes;
        Span<T> scores = stackalloc T[Positions];
        for (int i = 0; i < count; i++)
        {
            int pair = first + i, a = RowAt(pair, 0), b = RowAt(pair, 1), last = RowAt(pair, 2);
            Span<T> weights = Row(_attention, pair, Positions * H), r = residual.Slice(i * d, d);
            for (int k = 0; k < H; k++)
            {
                (scores[0], scores[1], scores[2]) = (_scores[a * H + k], _scores[b * H + k], _scores[last * H + k]);
                T largest = T.Max(T.Max(scores[0], scores[1]), scores[2]), sum = T.Zero;
                for (int p = 0; p < Positions; p++)
                    sum += scores[p] = T.Exp(scores[p] - largest);
                for (int p = 0; p < Positions; p++)
                    weights[p * H + k] = scores[p] / sum;
            }

            _base.CopyTo(r);
            for (int p = 0; p < Positions; p++)
                RowCombination.Add<T>(weights.Slice(p * H, H), Row(_outputs, RowAt(pair, p), H * d), r);
        }

        MatrixProduct.Of(T.One, residual.AsMatrix(count, d), Weight("blocks.0.mlp.W_in").AsMatrix(d, m), hidden);
        AddBias("blocks.0.mlp.b_in", hidden);
        Relu.Forward<T>(hidden, activation);
        residual.CopyTo(final);
        MatrixProduct.Of(T.One, activation.AsMatrix(count, m), Weight("blocks.0.mlp.W_out").AsMatrix(m, d), final, keep: T.One);
        AddBias("blocks.0.mlp.b_out", final);
        MatrixProduct.Of(T.One, final.AsMatrix(count, d), Weight("unembed.W_U").AsMatrix(d, C), logits);
        AddBias("unembed.b_U", logits);
    }

    /// <summary>A chunk of pairs forward and, where a gradient is wanted, backward.</summary>
    private void RunChunk(int chunk)
    {
        int d = Shape.ModelDimension, m = Shape.MlpDimension, C = Shape.Classes, first = chunk * _chunkSize;
        int count = Min(_chunkSize, _pairs.Count - first);
        T[] rented = ArrayPool<T>.Shared.Rent(count * (3 * d + 2 * m + C));
        double[] wide = ArrayPool<double>.Shared.Rent(count * C);
        Span<T> rest = rented;
        Span<T> residual = Take(ref rest, count * d), final = Take(ref rest, count * d), hidden = Take(ref rest, count * m);
        Span<T> activation = Take(ref rest, count * m), logits = Take(ref rest, count * C), dFinal = Take(ref rest, count * d);
        Forward(first, count, residual, hidden, activation, final, logits);
        if (!_wantsGradient)
            ReadOut(chunk, logits, activation);

        Span<double> exact = wide.AsSpan(0, count * C);
        ReadOnlySpan<int> targets = _pairs.Targets.AsSpan(first, count);
        for (int i = 0; i < exact.Length; i++)
            exact[i] = double.CreateTruncating(logits[i]);
        _losses[chunk] = count * CrossEntropy.Forward<double>(C, exact, targets, exact);
        if (_wantsGradient)
        {
            CrossEntropy.Backward<double>(C, exact, targets, (double)count / _pairs.Count, exact);
            for (int i = 0; i < exact.Length; i++)
                logits[i] = T.CreateTruncating(exact[i]);
            Backward(chunk, count, residual, hidden, activation, final, logits, dFinal);
        }

        ArrayPool<T>.Shared.Return(rented);
        ArrayPool<double>.Shared.Return(wide);
    }

    /// <summary>
    /// Logits and activations of a chunk to where they are wanted, and how many of its pairs have their right result as the most likely.
    /// </summary>
    private void ReadOut(int chunk, ReadOnlySpan<T> logits, ReadOnlySpan<T> activation)
    {
        int C = Shape.Classes, first = chunk * _chunkSize, right = 0;
        if (_logits is not null)
            logits.CopyTo(_logits.AsSpan(first * C));
        if (_neurons is not null)
            activation.CopyTo(_neurons.AsSpan(first * Shape.MlpDimension));
        for (int i = 0; i < logits.Length / C; i++)
        {
            ReadOnlySpan<T> row = logits.Slice(i * C, C);
            int best = 0;
            for (int c = 1; c < C; c++)
                best = row[c] > row[best] ? c : best;
            right += best == _pairs.Targets[first + i] ? 1 : 0;
        }

        _right[chunk] = right;
    }

    /// <summary>
    /// From ∂L/∂logits of a chunk to the gradient of the MLP and the unembedding, and to ∂L/∂(scores and residual); its input is
    /// overwritten.
    /// </summary>
    private void Backward(
        int chunk, int count, Span<T> residual, Span<T> hidden, Span<T> activation, Span<T> final, Span<T> dLogits, Span<T> dFinal)
    {
        int d = Shape.ModelDimension, m = Shape.MlpDimension, C = Shape.Classes, first = chunk * _chunkSize;
        Span<T> gradient = Row(_chunkGradients, chunk, Layout.Count - _tail), dResidual = _dResidual.AsSpan(first * d, count * d);
        MatrixProduct.Of(T.One, final.AsMatrix(count, d).Transposed, dLogits.AsMatrix(count, C), Tail(gradient, "unembed.W_U"));
        MatrixProduct.Of(T.One, dLogits.AsMatrix(count, C), Weight("unembed.W_U").AsMatrix(d, C).Transposed, dFinal);
        MatrixProduct.Of(T.One, activation.AsMatrix(count, m).Transposed, dFinal.AsMatrix(count, d), Tail(gradient, "blocks.0.mlp.W_out"));
        Span<T> dHidden = activation;
        MatrixProduct.Of(T.One, dFinal.AsMatrix(count, d), Weight("blocks.0.mlp.W_out").AsMatrix(m, d).Transposed, dHidden);
        Relu.Backward<T>(hidden, dHidden, dHidden);
        MatrixProduct.Of(T.One, residual.AsMatrix(count, d).Transposed, dHidden.AsMatrix(count, m), Tail(gradient, "blocks.0.mlp.W_in"));
        dFinal.CopyTo(dResidual);
        MatrixProduct.Of(T.One, dHidden.AsMatrix(count, m), Weight("blocks.0.mlp.W_in").AsMatrix(d, m).Transposed, dResidual, keep: T.One);
        if (Shape.Biases != ModularBiases.None)
        {
            SumRows(dHidden, Tail(gradient, "blocks.0.mlp.b_in"));
            SumRows(dFinal, Tail(gradient, "blocks.0.mlp.b_out"));
        }

        if (Shape.Biases == ModularBiases.All)
            SumRows(dLogits, Tail(gradient, "unembed.b_U"));
        BackThroughAttention(first, count);
    }

    /// <summary>∂L/∂(scores) of a chunk, [pairs, 3, heads], from ∂L/∂(residual).</summary>
    private void BackThroughAttention(int first, int count)
    {
        int d = Shape.ModelDimension, H = Shape.Heads;
        for (int pair = first; pair < first + count; pair++)
        {
            Span<T> dScores = Row(_dAttention, pair, Positions * H);
            ReadOnlySpan<T> weights = Row(_attention, pair, Positions * H), dr = Row(_dResidual, pair, d);
            for (int p = 0; p < Positions; p++)
                RowCombination.Project<T>(Row(_outputs, RowAt(pair, p), H * d), dr, dScores.Slice(p * H, H));
            for (int k = 0; k < H; k++)
            {
                T mean = T.Zero;
                for (int p = 0; p < Positions; p++)
                    mean += weights[p * H + k] * dScores[p * H + k];
                for (int p = 0; p < Positions; p++)
                    dScores[p * H + k] = weights[p * H + k] * (dScores[p * H + k] - mean);
            }
        }
    }

    /// <summary>
    /// What all pairs ask of the table rows of one token: as first operand, as second, and of the sign of equality beside it.
    /// </summary>
    private void GatherToken(int token)
    {
        int n = Shape.Operands, d = Shape.ModelDimension, H = Shape.Heads;
        Span<T> outputs = Row(_dOutputs, token, H * d), scores = Row(_dScores, token, H);
        Span<T> lastOutputs = Row(_lastOutputs, token, H * d), lastScores = Row(_lastScores, token, H);
        Span<T> residual = Row(_residuals, token, d);
        outputs.Clear();
        scores.Clear();
        lastOutputs.Clear();
        lastScores.Clear();
        residual.Clear();
        for (int pair = _pairs.FirstStarts[token]; pair < _pairs.FirstStarts[token + 1]; pair++)
        {
            ReadOnlySpan<T> weights = Row(_attention, pair, Positions * H), dScores = Row(_dAttention, pair, Positions * H);
            ReadOnlySpan<T> dr = Row(_dResidual, pair, d);
            RowCombination.Spread(weights[..H], dr, outputs);
            RowCombination.Spread(weights.Slice(2 * H, H), dr, lastOutputs);
            AddScaled(T.One, dScores[..H], scores);
            AddScaled(T.One, dScores.Slice(2 * H, H), lastScores);
            AddScaled(T.One, dr, residual);
        }

        outputs = Row(_dOutputs, n + token, H * d);
        scores = Row(_dScores, n + token, H);
        outputs.Clear();
        scores.Clear();
        for (int i = _pairs.SecondStarts[token]; i < _pairs.SecondStarts[token + 1]; i++)
        {
            int pair = _pairs.BySecond[i], second = pair * Positions + 1;
            RowCombination.Spread(Row(_attention, second, H), Row(_dResidual, pair, d), outputs);
            AddScaled<T>(T.One, Row(_dAttention, second, H), scores);
        }
    }

    /// <summary>Adds the chunks' gradients of the MLP and the unembedding in their order, a part of the tensors a thread.</summary>
    private void ReducePart(int part)
    {
        int size = Layout.Count - _tail, from = (int)((long)size * part / _team.Threads);
        int to = (int)((long)size * (part + 1) / _team.Threads);
        Span<T> sum = _gradient.AsSpan(_tail + from, to - from);
        _chunkGradients.AsSpan(from, to - from).CopyTo(sum);
        for (int chunk = 1; chunk < Chunks; chunk++)
            AddScaled<T>(T.One, _chunkGradients.AsSpan(chunk * size + from, to - from), sum);
    }

    /// <summary>From ∂L/∂(scores and outputs of the tables) to the attention's matrices and the embeddings.</summary>
    private void BackThroughTables()
    {
        int n = Shape.Operands, d = Shape.ModelDimension, H = Shape.Heads, h = Shape.HeadDimension, rows = 2 * n + 1;
        Span<T> dResidual = Row(_dx, 2 * n, d);
        _dx.AsSpan().Clear();
        SumRows(_residuals, dResidual);
        SumRows(_lastOutputs, Row(_dOutputs, 2 * n, H * d));
        SumRows(_lastScores, Row(_dScores, 2 * n, H));
        if (Shape.Biases == ModularBiases.All)
            dResidual.CopyTo(Gradient("blocks.0.attn.b_O"));

        ReadOnlySpan<T> Q = Weight("blocks.0.attn.W_Q"), K = Weight("blocks.0.attn.W_K");
        ReadOnlySpan<T> V = Weight("blocks.0.attn.W_V"), O = Weight("blocks.0.attn.W_O");
        Span<T> dQ = Gradient("blocks.0.attn.W_Q"), dK = Gradient("blocks.0.attn.W_K");
        Span<T> dV = Gradient("blocks.0.attn.W_V"), dO = Gradient("blocks.0.attn.W_O");
        for (int i = 0; i < H; i++)
        {
            int block = i * d * h;
            Span<T> values = _values.AsSpan(i * h), dValues = _dValues.AsSpan(i * h), outputs = _dOutputs.AsSpan(i * d);
            MatrixView<T> dOutput = outputs.AsMatrix(rows, d, H * d), dValue = dValues.AsMatrix(rows, h, H * h);
            MatrixProduct.Of(T.One, values.AsMatrix(rows, h, H * h).Transposed, dOutput, dO.Slice(block, d * h), team: _team);
            MatrixProduct.Of(T.One, dOutput, O[block..].AsMatrix(h, d).Transposed, dValues, stride: H * h, team: _team);
            MatrixProduct.Of(T.One, _x.AsMatrix(rows, d).Transposed, dValue, dV.Slice(block, d * h), team: _team);
            MatrixProduct.Of(T.One, dValue, V[block..].AsMatrix(d, h).Transposed, _dx, keep: T.One, team: _team);
        }

        MatrixProduct.Of(T.One, _dScores.AsMatrix(rows, H), _question.AsMatrix(H, d), _dx, keep: T.One);
        MatrixProduct.Of(T.One, _dScores.AsMatrix(rows, H).Transposed, _x.AsMatrix(rows, d), _dQuestion);
        ReadOnlySpan<T> last = Row(_x, 2 * n, d);
        for (int i = 0; i < H; i++)
        {
            // The question is W_K q / √h, and q = x W_Q: outer products and products with vectors.
            int block = i * d * h;
            Span<T> dq = _dQuery.AsSpan(i * h, h), question = _dQuestion.AsSpan(i * d, d);
            MatrixProduct.Of(_scoreScale, question.AsMatrix(d, 1), _query.AsSpan(i * h, h).AsMatrix(1, h), dK.Slice(block, d * h));
            MatrixProduct.Of(_scoreScale, question.AsMatrix(1, d), K[block..].AsMatrix(d, h), dq);
            MatrixProduct.Of(T.One, last.AsMatrix(d, 1), dq.AsMatrix(1, h), dQ.Slice(block, d * h));
            MatrixProduct.Of(T.One, dq.AsMatrix(1, h), Q[block..].AsMatrix(d, h).Transposed, dResidual, keep: T.One);
        }

        if (Shape.Biases == ModularBiases.All)
        {
            _dQuery.CopyTo(Gradient("blocks.0.attn.b_Q"));
            SumRows(_dValues, Gradient("blocks.0.attn.b_V"));
        }

        Span<T> dE = Gradient("embed.W_E"), dPosition = Gradient("pos_embed.W_pos");
        dE.Clear();
        dPosition.Clear();
        for (int row = 0; row < rows; row++)
        {
            (int token, int place) = TokenAt(row);
            ReadOnlySpan<T> dx = Row(_dx, row, d);
            AddScaled(T.One, dx, dE.Slice(token * d, d));
            AddScaled(T.One, dx, dPosition.Slice(place * d, d));
        }
    }

    private static void SumRows(ReadOnlySpan<T> rows, Span<T> sum)
    {
        sum.Clear();
        Bias.Reduce(rows, sum);
    }

    private static Span<T> Take(scoped ref Span<T> rest, int length)
    {
        Span<T> taken = rest[..length];
        rest = rest[length..];
        return taken;
    }
}
