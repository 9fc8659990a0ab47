using System.Numerics;
using Staircase.Kernels;

namespace Staircase.Transformers;

/// <summary>
/// A decoder-only transformer with causal attention: token embedding, layers x ← x + Attention(x) and, where there are any, x ← x + MLP(x),
/// unembedding; pre-LayerNorm on request, no biases but the MLP's. The loss is the cross-entropy of the next token at every position. In
/// single precision for training, in double for checking. Not thread-safe: it keeps its workspace.
/// </summary>
/// <typeparam name="T">The precision; the loss is summed in double.</typeparam>
/// <remarks>
/// A batch is cut into at most <see cref="LargestParts"/> parts of whole sequences, whatever the number of threads; a thread takes one
/// through all layers and back, a few sequences at a time, so that what it works on stays near it. The parts' gradients are added in order:
/// the same bits on any number of threads. Inside, W_Q, W_K and W_V of all heads stand side by side, so that one product serves them all.
/// </remarks>
public sealed partial class TokenTransformer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int LargestParts = 16; // enough for the threads of a small machine to share; each has its own gradient
    private const int SumLength = 1 << 13; // numbers in which gradients are added up by one thread

    private readonly ThreadTeam _team;
    private readonly LayerOffsets[] _layers;
    private readonly int _embed, _positions, _finalNorm, _unembed;
    private readonly T[] _packed;
    private readonly T _scale;
    private readonly Workspace?[] _workspaces;
    private readonly Action<int> _runPart, _sumGradients;
    private T[] _gradients = [];
    private double[] _losses = [];
    private Batch _batch;

    /// <param name="shape">Sizes and choices.</param>
    /// <param name="team">Threads; null takes the shared team.</param>
    /// <exception cref="ArgumentException">A size is not positive.</exception>
    public TokenTransformer(TransformerShape shape, ThreadTeam? team = null)
    {
        shape.Check();
        (Shape, Layout, _team) = (shape, shape.Layout(), team ?? ThreadTeam.Shared);
        _packed = new T[Layout.Count];
        _scale = T.CreateTruncating(1 / Sqrt(shape.HeadDimension));
        _layers = [.. Range(0, shape.Layers).Select(layer => new LayerOffsets(Layout, $"blocks.{layer}.", shape))];
        _embed = Layout["embed.W_E"].Offset;
        _positions = shape.Positions == PositionKind.Absolute ? Layout["pos_embed.W_pos"].Offset : -1;
        _finalNorm = shape.LayerNorm ? Layout["ln_final.w"].Offset : -1;
        _unembed = Layout["unembed.W_U"].Offset;
        _workspaces = new Workspace?[_team.Threads];
        (_runPart, _sumGradients) = (RunPart, SumGradients);
    }

    /// <summary>Sizes and choices.</summary>
    public TransformerShape Shape { get; }

    /// <summary>Where each tensor lies.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>
    /// Weights to start from: entries normal with standard deviation <paramref name="scale"/> for embeddings and
    /// <paramref name="scale"/>/√(numbers read) for matrices, so that at scale 1 all activations are of order one; gains 1, biases 0.
    /// </summary>
    /// <param name="seed">Where the numbers come from; single and double precision draw the same.</param>
    public T[] Initialize(double scale, ulong seed)
    {
        var weights = new T[Layout.Count];
        for (int b = 0; b < Layout.Blocks.Count; b++)
        {
            ParameterBlock block = Layout.Blocks[b];
            Span<T> values = weights.AsSpan(block.Offset, block.Length);
            if (block.Shape.Length == 1)
            {
                values.Fill(block.Name.EndsWith(".w", StringComparison.Ordinal) ? T.One : T.Zero);
                continue;
            }

            string name = block.Name[(block.Name.LastIndexOf('.') + 1)..];
            int read = name switch
            {
                "W_E" or "W_pos" => 1,
                "W_O" => Shape.HeadsDimension,
                "W_rel" => Shape.HeadDimension,
                "W_out" => Shape.MlpDimension,
                _ => Shape.ModelDimension,
            };
            double deviation = scale / Sqrt(read);
            var random = new RandomStream(seed, RandomPurpose.Weights, b);
            foreach (ref T value in values)
                value = T.CreateTruncating((float)(deviation * random.NextNormal()));
        }

        return weights;
    }

    /// <summary>Loss and gradient.</summary>
    /// <param name="length">Tokens of a sequence, at most the context.</param>
    /// <param name="tokens">[sequences, length].</param>
    /// <param name="targets">What follows each token, [sequences, length].</param>
    /// <param name="gradient">Receives ∂L/∂W; empty for the loss alone.</param>
    /// <returns>The mean over all tokens of −ln p(target), in nats.</returns>
    /// <exception cref="ArgumentException">A length does not fit, or a token is none of the vocabulary.</exception>
    public double Evaluate(ReadOnlySpan<T> weights, int length, ReadOnlyMemory<int> tokens, ReadOnlyMemory<int> targets, Span<T> gradient)
    {
        int sequences = Start(weights, length, tokens);
        if (targets.Length != tokens.Length)
            throw new ArgumentException($"Every token needs what follows it: {tokens.Length} tokens, {targets.Length} targets.");
        if (gradient.Length != 0 && gradient.Length != Layout.Count)
            throw new ArgumentException($"The model has {Layout.Count} weights, not {gradient.Length}.");
        bool wanted = gradient.Length > 0;
        int parts = Min(LargestParts, sequences);
        if (wanted && _gradients.Length < (long)parts * Layout.Count)
            _gradients = new T[checked(parts * Layout.Count)];
        if (_losses.Length < parts)
            _losses = new double[parts];
        _batch = new(length, sequences, parts, tokens, targets, wanted, default, default);
        _team.Run(parts, _runPart);
        double loss = 0;
        for (int part = 0; part < parts; part++)
            loss += _losses[part];
        if (wanted)
        {
            _team.Run((Layout.Count + SumLength - 1) / SumLength, _sumGradients);
            Rearrange(_gradients.AsSpan(0, Layout.Count), gradient, pack: false);
        }

        _batch = default;
        return loss;
    }

    /// <summary>What the model says of the next token, and where it looks.</summary>
    /// <param name="length">Tokens of a sequence, at most the context.</param>
    /// <param name="tokens">[sequences, length].</param>
    /// <param name="logProbabilities">Receives ln p, [sequences, length, vocabulary].</param>
    /// <param name="attention">
    /// Receives the attention of every head, [sequences, layers, heads, length, length], queries × keys; empty where it is not wanted.
    /// </param>
    /// <exception cref="ArgumentException">A length does not fit, or a token is none of the vocabulary.</exception>
    public void Predict(
        ReadOnlySpan<T> weights, int length, ReadOnlyMemory<int> tokens, Memory<T> logProbabilities, Memory<T> attention = default)
    {
        int sequences = Start(weights, length, tokens), maps = sequences * Shape.Layers * Shape.Heads * length * length;
        if (logProbabilities.Length != tokens.Length * Shape.Vocabulary)
        {
            int needed = tokens.Length * Shape.Vocabulary;
            throw new ArgumentException(
                $"{tokens.Length} predictions over {Shape.Vocabulary} tokens need {needed} numbers, not {logProbabilities.Length}.");
        }

        if (attention.Length != 0 && attention.Length != maps)
            throw new ArgumentException($"The attention needs {maps} numbers, not {attention.Length}.");
        int parts = Min(LargestParts, sequences);
        _batch = new(length, sequences, parts, tokens, default, false, logProbabilities, attention);
        _team.Run(parts, _runPart);
        _batch = default;
    }

    private int Start(ReadOnlySpan<T> weights, int length, ReadOnlyMemory<int> tokens)
    {
        if (weights.Length != Layout.Count)
            throw new ArgumentException($"The model has {Layout.Count} weights, not {weights.Length}.");
        if (length < 1 || length > Shape.ContextLength)
            throw new ArgumentException($"A sequence has 1 to {Shape.ContextLength} tokens, not {length}.");
        if (tokens.Length == 0 || tokens.Length % length != 0)
            throw new ArgumentException($"{tokens.Length} tokens are no sequences of {length}.");
        Rearrange(weights, _packed, pack: true);
        return tokens.Length / length;
    }

    /// <summary>
    /// W_Q, W_K, W_V [heads, d, h] of a layer become one [d, 3, heads, h], or the other way; W_rel is turned over, largest offset first.
    /// </summary>
    private void Rearrange(ReadOnlySpan<T> from, Span<T> to, bool pack)
    {
        from.CopyTo(to);
        foreach (LayerOffsets layer in _layers)
        {
            RearrangeHeads(from[layer.QKV..], to[layer.QKV..], pack);
            if (layer.Relative >= 0)
                TurnOver(from[layer.Relative..], to[layer.Relative..]);
        }
    }

    private void RearrangeHeads(ReadOnlySpan<T> from, Span<T> to, bool pack)
    {
        int d = Shape.ModelDimension, h = Shape.HeadDimension, matrices = 3 * Shape.Heads;
        for (int m = 0; m < matrices; m++)
        {
            for (int row = 0; row < d; row++)
            {
                int apart = (m * d + row) * h, together = (row * matrices + m) * h;
                from.Slice(pack ? apart : together, h).CopyTo(to[(pack ? together : apart)..]);
            }
        }
    }

    private void TurnOver(ReadOnlySpan<T> from, Span<T> to)
    {
        int n = Shape.ContextLength, h = Shape.HeadDimension;
        for (int head = 0; head < Shape.Heads; head++)
        {
            for (int offset = 0; offset < n; offset++)
                from.Slice((head * n + offset) * h, h).CopyTo(to[((head * n + n - 1 - offset) * h)..]);
        }
    }

    private void SumGradients(int slice)
    {
        int first = slice * SumLength, length = Min(SumLength, Layout.Count - first);
        Span<T> sum = _gradients.AsSpan(first, length);
        for (int part = 1; part < _batch.Parts; part++)
            AddScaled(T.One, _gradients.AsSpan(part * Layout.Count + first, length), sum);
    }

    /// <summary>What the parts of a pass share.</summary>
    private readonly record struct Batch(
        int Length, int Sequences, int Parts, ReadOnlyMemory<int> Tokens, ReadOnlyMemory<int> Targets, bool WantsGradient,
        Memory<T> LogProbabilities, Memory<T> Attention);

    /// <summary>Where the tensors of a layer lie; −1 where there is none.</summary>
    private sealed class LayerOffsets(ParameterLayout layout, string block, TransformerShape shape)
    {
        public int Norm { get; } = shape.LayerNorm ? layout[block + "ln1.w"].Offset : -1;

        public int QKV { get; } = layout[block + "attn.W_Q"].Offset;

        public int O { get; } = layout[block + "attn.W_O"].Offset;

        public int Relative { get; } = shape.Positions == PositionKind.Relative ? layout[block + "attn.W_rel"].Offset : -1;

        public int MlpNorm { get; } = shape.LayerNorm && shape.MlpDimension > 0 ? layout[block + "ln2.w"].Offset : -1;

        public int In { get; } = shape.MlpDimension > 0 ? layout[block + "mlp.W_in"].Offset : -1;

        public int Out { get; } = shape.MlpDimension > 0 ? layout[block + "mlp.W_out"].Offset : -1;
    }
}
