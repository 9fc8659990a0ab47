namespace Staircase;

/// <summary>A family of linear attentions: which weights compute which map.</summary>
/// <remarks>
/// Weight vectors and gradients have the length of the layout or, for a model whose other blocks are zero, of its in-context prefix.
/// Entries of the published layers that never reach the query's output (all but the last row of V, the last column of KQ) are not
/// parameters: their gradient is exactly zero.
/// </remarks>
public abstract class AttentionModel
{
    /// <summary>Fixes the sizes and the layout.</summary>
    /// <exception cref="ArgumentException">A size is not positive.</exception>
    protected AttentionModel(int inputDimension, int heads)
    {
        if (inputDimension < 1)
            throw new ArgumentException($"The dimension must be at least 1, not {inputDimension}.");
        if (heads < 1)
            throw new ArgumentException($"The number of heads must be at least 1, not {heads}.");
        InputDimension = inputDimension;
        Heads = heads;
    }

    /// <summary>D, the dimension of the inputs without the label.</summary>
    public int InputDimension { get; }

    /// <summary>H, the number of heads.</summary>
    public int Heads { get; }

    /// <summary>Where each parameter lies.</summary>
    public abstract ParameterLayout Layout { get; }

    /// <summary>The map that given weights compute.</summary>
    /// <param name="weights">A weight vector or its in-context prefix.</param>
    /// <param name="map">Receives the map, or its in-context part, accordingly.</param>
    public abstract void Map(ReadOnlySpan<double> weights, Span<double> map);

    /// <summary>The gradient with respect to weights from that with respect to the map.</summary>
    public abstract void PullBack(ReadOnlySpan<double> weights, ReadOnlySpan<double> mapGradient, Span<double> gradient);

    /// <summary>The length of the map that belongs to a weight vector of the given length.</summary>
    /// <exception cref="ArgumentException">The length fits neither the layout nor its prefix.</exception>
    public int MapLength(int weightCount)
    {
        if (weightCount == Layout.InContextCount)
            return AttentionMap.InContextLength(InputDimension);
        if (weightCount == Layout.Count)
            return AttentionMap.Length(InputDimension);
        throw new ArgumentException($"The model has {Layout.Count} parameters ({Layout.InContextCount} in-context), not {weightCount}.");
    }

    /// <summary>What of a block of the layout belongs to one head; nothing if the model or the prefix has no such block.</summary>
    internal Span<double> Part(Span<double> weights, int block, int head)
    {
        ParameterLayout layout = Layout;
        if (weights.Length != layout.InContextCount)
            MapLength(weights.Length);
        if ((uint)head >= (uint)Heads)
            throw new ArgumentException($"The model has the heads 0 to {Heads - 1}, not {head}.");
        if (block >= layout.Table.Length || layout.Table[block].Offset >= weights.Length)
            return default;
        ParameterBlock whole = layout.Table[block];
        int length = whole.Length / Heads;
        return weights.Slice(whole.Offset + head * length, length);
    }

    /// <summary>The norm of all weights of a head.</summary>
    internal double SizeOf(Span<double> weights, int head)
    {
        double squares = 0;
        for (int block = 0; block < Layout.Table.Length; block++)
            squares += SumOfSquares(Part(weights, block, head));
        return Sqrt(squares);
    }

    /// <summary>The in-context matrix M of ŷ = βᵀ M x_q, D×D row-major.</summary>
    public double[] InContextMatrix(ReadOnlySpan<double> weights)
    {
        var map = new double[MapLength(weights.Length)];
        Map(weights, map);
        return map[..AttentionMap.InContextLength(InputDimension)];
    }

    /// <summary>ŷ_q on sequences, each with its whole context.</summary>
    /// <param name="weights">A weight vector or its in-context prefix.</param>
    /// <param name="statistics">What the model sees of the sequences.</param>
    public double[] Predictions(ReadOnlySpan<double> weights, IStatisticSource statistics)
    {
        var map = new double[MapLength(weights.Length)];
        Map(weights, map);
        int rows = statistics.StatisticsPerSequence, length = AttentionMap.StatisticLength(InputDimension);
        double[] g = new double[rows * length], queries = new double[rows * InputDimension], targets = new double[rows];
        var predictions = new double[statistics.Count];
        for (int i = 0; i < predictions.Length; i++)
        {
            statistics.Read(i, g, queries, targets);
            predictions[i] = AttentionMap.Predict(map, g.AsSpan((rows - 1) * length), queries.AsSpan((rows - 1) * InputDimension));
        }

        return predictions;
    }

    /// <summary>Initial weights.</summary>
    /// <param name="scale">The size of the weights, as the scheme defines it; finite and ≥ 0.</param>
    /// <param name="seed">Each block draws from its own stream of this seed.</param>
    /// <param name="scheme">How they are drawn.</param>
    public double[] Initialize(double scale, ulong seed, InitializationScheme scheme = InitializationScheme.Papers)
    {
        if (!double.IsFinite(scale) || scale < 0)
            throw new ArgumentException($"The initial scale must be finite and ≥ 0, not {scale:R}.");
        var weights = new double[Layout.Count];
        for (int i = 0; i < Layout.Blocks.Count; i++)
        {
            ParameterBlock block = Layout.Blocks[i];
            if (scheme == InitializationScheme.Papers && !block.InContext)
                continue;
            double size = scheme == InitializationScheme.Layers ? scale / Sqrt(block.LayerSize) : scale;
            var random = new RandomStream(seed, RandomPurpose.Weights, i);
            foreach (ref double weight in weights.AsSpan(block.Offset, block.Length))
                weight = size * random.NextNormal();
        }

        return weights;
    }
}
