namespace Staircase.Tests;

public class InitializationTests
{
    private const double StandardErrors = 4; // 1 in 16,000 by chance, and the seeds are fixed

    [Theory]
    [InlineData("merged", InitializationScheme.Papers)]
    [InlineData("merged", InitializationScheme.Full)]
    [InlineData("merged", InitializationScheme.Layers)]
    [InlineData("separate", InitializationScheme.Papers)]
    [InlineData("separate", InitializationScheme.Full)]
    [InlineData("separate", InitializationScheme.Layers)]
    [InlineData("cubic", InitializationScheme.Papers)]
    [InlineData("cubic", InitializationScheme.Layers)]
    public void Each_block_has_the_schemes_standard_deviation(string name, InitializationScheme scheme)
    {
        const double scale = 0.01;
        AttentionModel model = ModelTests.Model(name, 12, 300, 3);
        double[] weights = model.Initialize(scale, 8, scheme);
        foreach (ParameterBlock block in model.Layout.Blocks)
        {
            // Sizes of the published layers: V and KQ are H×(D+1)×(D+1), K and Q are H×R×(D+1); the network has w₂ [H] and W₁ [H, D²].
            double layer = block.Name switch
            {
                "output" => 300,
                "hidden" => 300 * 144,
                "key" or "query" or "key_label" => 300 * 3 * 13,
                _ => 300 * 169,
            };
            double σ = scheme == InitializationScheme.Layers ? scale / Math.Sqrt(layer) : scale;
            double[] numbers = weights[block.Offset..(block.Offset + block.Length)];
            if (scheme == InitializationScheme.Papers && !block.InContext)
            {
                Assert.All(numbers, number => Assert.Equal(0, number));
                continue;
            }

            Statistics.CheckMean($"{name}, {scheme}, {block.Name}: mean", 0, numbers, StandardErrors);
            Statistics.CheckMean($"{name}, {scheme}, {block.Name}: variance", σ * σ, numbers.Select(x => x * x), StandardErrors);
        }
    }

    [Fact]
    public void Blocks_and_seeds_draw_independent_numbers()
    {
        AttentionModel model = new SeparateAttention(8, 400, 2);
        double[] weights = model.Initialize(1, 9, InitializationScheme.Full), other = model.Initialize(1, 10, InitializationScheme.Full);
        double[][] blocks = [.. Blocks(weights), .. Blocks(other)];
        for (int i = 0; i < blocks.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                int common = Math.Min(blocks[i].Length, blocks[j].Length);
                double correlation = Statistics.ScaledCorrelation(blocks[i][..common], blocks[j][..common]);
                Expect.Below($"correlation of blocks {i} and {j} × √n", StandardErrors, Math.Abs(correlation));
            }
        }

        Expect.SameBits("weights of the same seed", weights, model.Initialize(1, 9, InitializationScheme.Full));

        double[][] Blocks(double[] all) => [.. model.Layout.Blocks.Select(b => all[b.Offset..(b.Offset + b.Length)])];
    }

    [Fact]
    public void Weights_scale_with_the_size_and_a_scheme_leaves_the_other_blocks_numbers_alone()
    {
        AttentionModel model = new MergedAttention(3, 4);
        double[] small = model.Initialize(0.5, 11), large = model.Initialize(2, 11);
        double[] full = model.Initialize(0.5, 11, InitializationScheme.Full);
        int n = model.Layout.InContextCount;

        Expect.SameBits("weights at four times the size", [.. small.Select(x => 4 * x)], large); // a power of two: exact
        Expect.SameBits("in-context weights of either scheme", small.AsSpan(0, n), full.AsSpan(0, n));
        Assert.Equal(new double[model.Layout.Count], model.Initialize(0, 11, InitializationScheme.Full).Select(Math.Abs));
    }

    /// <summary>Zhang et al. 2025 compare the two models from the same start.</summary>
    [Fact]
    public void Merged_attention_and_the_cubic_network_start_from_the_same_numbers()
    {
        var attention = new MergedAttention(3, 4);

        Expect.SameBits(
            "in-context weights", attention.Initialize(0.1, 12).AsSpan(0, attention.Layout.InContextCount),
            new CubicFeatureNetwork(3, 4).Initialize(0.1, 12));
    }
}
