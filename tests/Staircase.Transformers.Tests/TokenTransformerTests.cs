using Staircase.Kernels;

namespace Staircase.Transformers.Tests;

public class TokenTransformerTests
{
    /// <summary>
    /// Fourth-order differences of step 1e-4 of a smooth function: truncation and rounding are both below 1e-9 of the largest entry.
    /// </summary>
    private const double Differences = 1e-6;

    /// <summary>Sums of some hundred numbers in single precision, relative to the largest entry.</summary>
    private const double Single = 1e-3;

    private const double Rounding = 1e-12;

    /// <summary>Every choice with every other, at sizes that are no multiples of a vector.</summary>
    public static TheoryData<PositionKind, bool, int, int> Choices
    {
        get
        {
            var data = new TheoryData<PositionKind, bool, int, int>();
            foreach (PositionKind positions in Enum.GetValues<PositionKind>())
            {
                foreach (bool norm in (bool[])[false, true])
                {
                    foreach (int mlp in (int[])[0, 11])
                    {
                        foreach (int layers in (int[])[1, 2])
                            data.Add(positions, norm, mlp, layers);
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Choices))]
    public void The_loss_is_the_naive_one(PositionKind positions, bool norm, int mlp, int layers)
    {
        TransformerShape shape = Shape(positions, norm, mlp, layers);
        var model = new TokenTransformer<double>(shape);
        double[] weights = Weights(model);
        foreach (int length in (int[])[1, 4, shape.ContextLength])
        {
            (int[] tokens, int[] targets) = Tokens(shape, 3, length);
            double expected = new NaiveTransformer(shape, model.Layout, weights).Loss(length, tokens, targets);
            Assert.Equal(expected, model.Evaluate(weights, length, tokens, targets, default), Rounding);
            Assert.Equal(expected, model.Evaluate(weights, length, tokens, targets, new double[weights.Length]), Rounding);
        }
    }

    [Theory]
    [MemberData(nameof(Choices))]
    public void The_gradient_is_that_of_central_differences(PositionKind positions, bool norm, int mlp, int layers)
    {
        TransformerShape shape = Shape(positions, norm, mlp, layers);
        var model = new TokenTransformer<double>(shape);
        double[] weights = Weights(model), gradient = new double[weights.Length];
        (int[] tokens, int[] targets) = Tokens(shape, 3, shape.ContextLength);
        model.Evaluate(weights, shape.ContextLength, tokens, targets, gradient);
        double size = gradient.Max(Math.Abs);
        Assert.True(size > 1e-3, $"the gradient is at most {size}");
        for (int i = 0; i < weights.Length; i++)
        {
            const double step = 1e-4;
            double at = weights[i];
            double Moved(double by)
            {
                weights[i] = at + by;
                return model.Evaluate(weights, shape.ContextLength, tokens, targets, default);
            }

            double slope = (8 * (Moved(step) - Moved(-step)) - (Moved(2 * step) - Moved(-2 * step))) / (12 * step);
            weights[i] = at;
            string name = model.Layout.Blocks.Last(block => block.Offset <= i).Name;
            Assert.True(
                Math.Abs(slope - gradient[i]) <= Differences * size,
                $"{name}, weight {i}: differences give {slope:R}, the backward pass {gradient[i]:R}");
        }
    }

    [Theory]
    [MemberData(nameof(Choices))]
    public void Single_precision_agrees_with_double(PositionKind positions, bool norm, int mlp, int layers)
    {
        TransformerShape shape = Shape(positions, norm, mlp, layers) with { ContextLength = 61, Vocabulary = 19 };
        TokenTransformer<double> model = new(shape);
        TokenTransformer<float> single = new(shape);
        float[] weights = [.. Weights(model).Select(w => (float)w)];
        double[] gradient = new double[weights.Length];
        float[] rounded = new float[weights.Length];
        (int[] tokens, int[] targets) = Tokens(shape, 5, shape.ContextLength);
        double loss = model.Evaluate([.. weights.Select(w => (double)w)], shape.ContextLength, tokens, targets, gradient);
        Assert.Equal(loss, single.Evaluate(weights, shape.ContextLength, tokens, targets, rounded), Single * loss);
        double size = gradient.Max(Math.Abs);
        for (int i = 0; i < weights.Length; i++)
            Assert.Equal(gradient[i], rounded[i], Single * size);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Any_number_of_threads_gives_the_same_bits(int threads)
    {
        TransformerShape shape = Shape(PositionKind.Relative, true, 11, 2) with { ContextLength = 53 };
        using var team = new ThreadTeam(threads);
        using var one = new ThreadTeam(1);
        TokenTransformer<float> alone = new(shape, one), shared = new(shape, team);
        float[] weights = [.. Weights(alone).Select(w => (float)w)], expected = new float[weights.Length];
        float[] actual = new float[weights.Length];
        (int[] tokens, int[] targets) = Tokens(shape, 37, shape.ContextLength);
        Assert.Equal(
            alone.Evaluate(weights, shape.ContextLength, tokens, targets, expected),
            shared.Evaluate(weights, shape.ContextLength, tokens, targets, actual));
        Assert.Equal(expected, actual);
    }

    /// <summary>More tokens than pass through the layers together: loss and gradient are the means of two halves.</summary>
    [Fact]
    public void A_batch_of_many_passes_is_the_sum_of_them()
    {
        TransformerShape shape = Shape(PositionKind.Relative, true, 11, 2) with { ContextLength = 45 };
        var model = new TokenTransformer<double>(shape);
        double[] weights = Weights(model), gradient = new double[weights.Length], first = new double[weights.Length];
        double[] second = new double[weights.Length];
        const int sequences = 192;
        (int[] tokens, int[] targets) = Tokens(shape, sequences, shape.ContextLength);
        int half = tokens.Length / 2;
        double loss = model.Evaluate(weights, shape.ContextLength, tokens, targets, gradient);
        double halves = model.Evaluate(weights, shape.ContextLength, tokens.AsMemory(0, half), targets.AsMemory(0, half), first)
            + model.Evaluate(weights, shape.ContextLength, tokens.AsMemory(half), targets.AsMemory(half), second);
        Assert.Equal(halves / 2, loss, Rounding);
        for (int i = 0; i < gradient.Length; i++)
            Assert.Equal((first[i] + second[i]) / 2, gradient[i], Rounding);
    }

    [Theory]
    [MemberData(nameof(Choices))]
    public void Predictions_and_attention_know_nothing_of_later_tokens(PositionKind positions, bool norm, int mlp, int layers)
    {
        TransformerShape shape = Shape(positions, norm, mlp, layers);
        var model = new TokenTransformer<double>(shape);
        double[] weights = Weights(model);
        int n = shape.ContextLength, early = 5;
        (int[] tokens, _) = Tokens(shape, 2, n);
        double[] whole = new double[tokens.Length * shape.Vocabulary], head = new double[2 * early * shape.Vocabulary];
        double[] attention = new double[2 * layers * shape.Heads * n * n];
        model.Predict(weights, n, tokens, whole, attention);
        model.Predict(weights, early, tokens.Chunk(n).SelectMany(sequence => sequence[..early]).ToArray(), head);
        double[][] naive = new NaiveTransformer(shape, model.Layout, weights).LogProbabilities(tokens[n..]);
        for (int t = 0; t < n; t++)
        {
            for (int s = 0; s < shape.Vocabulary; s++)
            {
                Assert.Equal(naive[t][s], whole[(n + t) * shape.Vocabulary + s], Rounding);
                if (t < early)
                    Assert.Equal(whole[(n + t) * shape.Vocabulary + s], head[(early + t) * shape.Vocabulary + s], Rounding);
            }
        }

        for (int row = 0; row < attention.Length / n; row++)
        {
            Assert.Equal(1, attention.AsSpan(row * n, n).ToArray().Sum(), Rounding);
            Assert.All(attention.AsSpan(row * n + (row % n) + 1, n - (row % n) - 1).ToArray(), weight => Assert.Equal(0, weight));
        }
    }

    [Fact]
    public void Relative_positions_do_not_know_where_a_sequence_begins()
    {
        // One layer, and a first token that nobody can tell from the others: only offsets count.
        TransformerShape shape = Shape(PositionKind.Relative, false, 0, 1);
        var model = new TokenTransformer<double>(shape);
        double[] weights = Weights(model);
        int n = shape.ContextLength, v = shape.Vocabulary;
        double[] probabilities = new double[n * v];
        model.Predict(weights, n, Enumerable.Repeat(2, n).ToArray(), probabilities);
        for (int t = 1; t < n; t++)
        {
            for (int s = 0; s < v; s++)
                Assert.Equal(probabilities[s], probabilities[t * v + s], Rounding);
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        TransformerShape shape = Shape(PositionKind.Absolute, false, 0, 1);
        var model = new TokenTransformer<float>(shape);
        float[] weights = model.Initialize(0.1, 1);
        Assert.Equal(
            "The heads of a transformer must be at least 1, not 0.",
            Assert.Throws<ArgumentException>(() => new TokenTransformer<float>(shape with { Heads = 0 })).Message);
        Assert.Equal(
            "A sequence has 1 to 9 tokens, not 10.",
            Assert.Throws<ArgumentException>(() => model.Evaluate(weights, 10, new int[10], new int[10], default)).Message);
        Assert.Contains(
            "no sequences of 4",
            Assert.Throws<ArgumentException>(() => model.Evaluate(weights, 4, new int[6], new int[6], default)).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => model.Evaluate(weights, 2, new int[] { 0, shape.Vocabulary }, new int[2], default));
    }

    private static TransformerShape Shape(PositionKind positions, bool norm, int mlp, int layers) => new()
    {
        Layers = layers,
        Heads = 3,
        ModelDimension = 7,
        HeadDimension = 3,
        Vocabulary = 5,
        ContextLength = 9,
        Positions = positions,
        LayerNorm = norm,
        MlpDimension = mlp,
    };

    /// <summary>Large enough that attention is far from even, biases and gains too.</summary>
    private static double[] Weights<T>(TokenTransformer<T> model)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var random = new RandomStream(7, RandomPurpose.Weights);
        var weights = new double[model.Layout.Count];
        random.FillNormal(weights);
        return [.. weights.Select(w => (float)(0.5 * w))];
    }

    private static (int[] Tokens, int[] Targets) Tokens(TransformerShape shape, int sequences, int length)
    {
        var random = new Random(sequences * 100 + length);
        int[] Draw() => [.. Enumerable.Range(0, sequences * length).Select(_ => random.Next(shape.Vocabulary))];
        return (Draw(), Draw());
    }
}
