namespace Staircase.Tests;

public class ModelTests
{
    /// <summary>Sums of at most some hundred products of numbers of order one.</summary>
    private const double SumRounding = 1e-13;

    public static TheoryData<string, int, int, int> Models => new()
    {
        { "merged", 1, 1, 0 },
        { "merged", 3, 2, 0 },
        { "merged", 5, 4, 0 },
        { "separate", 1, 2, 1 },
        { "separate", 3, 2, 1 },
        { "separate", 3, 3, 2 },
        { "separate", 4, 2, 4 },
        { "cubic", 1, 1, 0 },
        { "cubic", 4, 3, 0 },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void PullBack_is_the_gradient_of_the_map(string name, int D, int size, int rank)
    {
        AttentionModel model = Model(name, D, size, rank);
        foreach (int count in (int[])[model.Layout.InContextCount, model.Layout.Count])
        {
            double[] weights = CentralDifferences.RandomMap(count, 1);
            double[] direction = CentralDifferences.RandomMap(model.MapLength(count), 2);
            var gradient = new double[count];
            Array.Fill(gradient, double.NaN); // whatever is not written is found
            var expected = new double[count];
            for (int i = 0; i < count; i++)
            {
                // The map is linear in each single weight, so that the step may be large and leaves rounding only.
                double old = weights[i];
                weights[i] = old + 1;
                double above = Along(weights);
                weights[i] = old - 1;
                expected[i] = (above - Along(weights)) / 2;
                weights[i] = old;
            }

            model.PullBack(weights, direction, gradient);

            Expect.Relative($"{name}, gradient of {count} weights", expected, gradient, SumRounding);

            double Along(double[] at)
            {
                var map = new double[direction.Length];
                Array.Fill(map, double.NaN);
                model.Map(at, map);
                return GaussianQuadrature.Dot(map, direction);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void The_map_predicts_what_the_published_layers_predict(string name, int D, int size, int rank)
    {
        const int N = 4;
        const double scale = 0.3;
        AttentionModel model = Model(name, D, size, rank);
        double[] weights = model.Initialize(0.8, 4, InitializationScheme.Full);
        NaiveModel naive = Naive(model, weights);
        var map = new double[model.MapLength(weights.Length)];
        model.Map(weights, map);
        foreach (double[][] tokens in Tokens(D, N))
        {
            double expected = naive.Predict(tokens, scale);
            double[] G = Gram(tokens, scale), query = tokens[^1][..D];

            Expect.Relative(
                $"{name}: prediction from the definition of the map", expected, NaiveMap.Predict(map, G, query), SumRounding, scale: 1);
            Expect.Relative($"{name}: prediction", expected, AttentionMap.Predict(map, Distinct(G, D), query), SumRounding, scale: 1);
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_prefix_is_the_model_with_every_other_block_zero(string name, int D, int size, int rank)
    {
        AttentionModel model = Model(name, D, size, rank);
        double[] weights = model.Initialize(0.5, 5);
        double[] whole = new double[model.MapLength(weights.Length)], part = new double[D * D];
        model.Map(weights, whole);
        model.Map(weights.AsSpan(0, model.Layout.InContextCount), part);

        Expect.Relative($"{name}: in-context part", whole.AsSpan(0, part.Length), part, SumRounding);
        Expect.Relative($"{name}: InContextMatrix", part, model.InContextMatrix(weights), SumRounding);
        Assert.True(model.Layout.HasZeroBlocks(weights), $"{name}: the papers' initialization has zero blocks");
        Assert.All(whole[part.Length..], coefficient => Assert.Equal(0, coefficient));
        Assert.Contains(part, coefficient => coefficient != 0);
    }

    /// <summary>Predictions on inputs x = E z with weights in the token basis, against predictions on z with the rotated weights.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void ToEigenbasis_keeps_the_function(string name, int D, int size, int rank)
    {
        AttentionModel model = Model(name, D, size, rank);
        double[,] E = RandomBasis.Draw(D, 6);
        double[] weights = model.Initialize(0.8, 7, InitializationScheme.Full), rotated = model.Layout.ToEigenbasis(weights, E);
        NaiveModel inTokens = Naive(model, weights), inModes = Naive(model, rotated);
        foreach (double[][] modes in Tokens(D, 5))
        {
            double[][] tokens = [.. modes.Select(z =>
            {
                var x = new double[D + 1];
                PopulationCases.Transform(E, z.AsSpan(0, D), x.AsSpan(0, D));
                x[D] = z[D];
                return x;
            })];
            Expect.Relative($"{name}: prediction", inTokens.Predict(tokens, 0.3), inModes.Predict(modes, 0.3), SumRounding, scale: 1);
        }

        Expect.SameBits("weights without a basis", weights, model.Layout.ToEigenbasis(weights, null));
        if (D > 1)
            Assert.NotEqual(weights, rotated);
    }

    [Fact]
    public void Sizes_that_make_no_model_are_refused()
    {
        Refused("The dimension must be at least 1, not 0.", () => new MergedAttention(0, 2));
        Refused("The number of heads must be at least 1, not 0.", () => new MergedAttention(2, 0));
        Refused("The dimension must be at least 1, not -1.", () => new CubicFeatureNetwork(-1, 2));
        Refused("The number of heads must be at least 1, not -4.", () => new CubicFeatureNetwork(2, -4));
        Refused("The number of heads must be at least 1, not 0.", () => new SeparateAttention(2, 0, 1));
        Refused("The rank must lie between 1 and the dimension 3, not 0.", () => new SeparateAttention(3, 2, 0));
        Refused("The rank must lie between 1 and the dimension 3, not 4.", () => new SeparateAttention(3, 2, 4));
        Refused("The model has 32 parameters (20 in-context), not 25.", () => new MergedAttention(3, 2).MapLength(25));
        Refused("The initial scale must be finite and ≥ 0, not -1.", () => new MergedAttention(3, 2).Initialize(-1, 1));
        Refused("The initial scale must be finite and ≥ 0, not NaN.", () => new MergedAttention(3, 2).Initialize(double.NaN, 1));
        Refused("The model has input dimension 3, the loss 4.",
            () => new Objective(new MergedAttention(3, 2), RegressionTask.Create(Spectrum.Linear(4), 5).PopulationLoss()));

        static void Refused(string expected, Func<object> make) => Assert.Equal(expected, Assert.Throws<ArgumentException>(make).Message);
    }

    internal static AttentionModel Model(string name, int D, int size, int rank) => name switch
    {
        "merged" => new MergedAttention(D, size),
        "separate" => new SeparateAttention(D, size, rank),
        _ => new CubicFeatureNetwork(D, size),
    };

    private static NaiveModel Naive(AttentionModel model, double[] weights) =>
        model is CubicFeatureNetwork cubic ? new NaiveCubicNetwork(cubic, weights) : NaiveAttention.Of(model, weights, seed: 3);

    private static IEnumerable<double[][]> Tokens(int D, int N)
    {
        for (int seed = 0; seed < 5; seed++)
        {
            double[] numbers = CentralDifferences.RandomMap((N + 1) * (D + 1), seed + 10, size: 2);
            numbers[^1] = 0; // the query's label
            yield return [.. numbers.Chunk(D + 1)];
        }
    }

    private static double[] Gram(double[][] tokens, double scale)
    {
        var G = new double[tokens[0].Length * tokens[0].Length];
        foreach (double[] token in tokens)
            GaussianQuadrature.AddToken(G, token[..^1], token[^1]);
        return [.. G.Select(x => x * scale)];
    }

    private static double[] Distinct(double[] G, int D)
    {
        var distinct = new List<double>();
        for (int b = 0; b <= D; b++)
            distinct.Add(G[b * (D + 1) + D]);
        for (int a = 0; a < D; a++)
        {
            for (int b = a; b < D; b++)
            {
                Assert.Equal(distinct.Count, AttentionMap.InputRow(D, a, b));
                distinct.Add(G[a * (D + 1) + b]);
            }
        }

        Assert.Equal(distinct.Count, AttentionMap.StatisticLength(D));
        return [.. distinct];
    }
}
