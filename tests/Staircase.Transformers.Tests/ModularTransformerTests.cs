using Staircase.Kernels;

namespace Staircase.Transformers.Tests;

public class ModularTransformerTests
{
    /// <summary>Sizes that are all different, none a multiple of a vector.</summary>
    private static readonly ModularShape Odd = new(
        Operands: 5, Classes: 5, ModelDimension: 7, Heads: 3, HeadDimension: 2, MlpDimension: 11);

    public static TheoryData<ModularBiases> Biases => [ModularBiases.None, ModularBiases.Mlp, ModularBiases.All];

    [Theory]
    [MemberData(nameof(Biases))]
    public void Loss_and_accuracy_are_those_of_the_model_as_published(ModularBiases biases)
    {
        ModularShape shape = Odd with { Biases = biases };
        PairSet all = PairSet.All(OperationTable.Addition(5));
        var model = new ModularTransformer<double>(shape, all);
        double[] weights = Random(model.Layout.Count);

        (double loss, double accuracy) = model.Test(weights, all);

        Assert.Equal(NaiveModularTransformer.Loss(shape, weights, all), loss, 12);
        int right = Enumerable.Range(0, all.Count).Count(i =>
        {
            double[] logits = NaiveModularTransformer.Logits(shape, weights, all.First[i], all.Second[i]);
            return Array.IndexOf(logits, logits.Max()) == all.Targets[i];
        });
        Assert.Equal((double)right / all.Count, accuracy, 12);
    }

    [Theory]
    [MemberData(nameof(Biases))]
    public void Gradient_is_that_of_central_differences(ModularBiases biases)
    {
        ModularShape shape = Odd with { Biases = biases };
        (PairSet training, _) = PairSet.Split(OperationTable.Addition(5), 0.7, 3);
        var model = new ModularTransformer<double>(shape, training);
        double[] weights = Random(model.Layout.Count), gradient = new double[weights.Length];
        double loss = model.Evaluate(weights, gradient);
        Assert.Equal(NaiveModularTransformer.Loss(shape, weights, training), loss, 12);

        double scale = Math.Sqrt(gradient.Average(g => g * g));
        for (int i = 0; i < weights.Length; i++)
        {
            const double step = 1e-5;
            double[] up = [.. weights], down = [.. weights];
            up[i] += step;
            down[i] -= step;
            double slope = (NaiveModularTransformer.Loss(shape, up, training) - NaiveModularTransformer.Loss(shape, down, training)) / (
                2 * step);
            Assert.True(
                Math.Abs(slope - gradient[i]) <= 1e-6 * Math.Max(scale, Math.Abs(slope)),
                $"weight {i}: {gradient[i]:R} instead of {slope:R}");
        }
    }

    [Fact]
    public void Single_precision_follows_double_at_full_width()
    {
        OperationTable operation = OperationTable.Subtraction(31);
        var shape = new ModularShape(31, 31, 64, 4, 16, 96, ModularBiases.All);
        (PairSet training, _) = PairSet.Split(operation, 0.9, 1);
        var single = new ModularTransformer<float>(shape, training);
        var twin = new ModularTransformer<double>(shape, training);
        float[] weights = [.. Random(single.Layout.Count).Select(w => (float)w)], gradient = new float[weights.Length];
        double[] exact = new double[weights.Length];
        double loss = single.Evaluate(weights, gradient), exactLoss = twin.Evaluate([.. weights.Select(w => (double)w)], exact);
        Assert.Equal(exactLoss, loss, 1e-5 * exactLoss);
        foreach (ParameterBlock block in single.Layout.Blocks)
        {
            double scale = Math.Sqrt(exact.AsSpan(block.Offset, block.Length).ToArray().Average(g => g * g));
            for (int i = block.Offset; i < block.Offset + block.Length; i++)
            {
                Assert.True(
                    Math.Abs(gradient[i] - exact[i]) <= 1e-3 * Math.Max(scale, Math.Abs(exact[i])),
                    $"{block.Name}, weight {i}: {gradient[i]:R} instead of {exact[i]:R}");
            }
        }
    }

    [Fact]
    public void Bits_do_not_depend_on_the_number_of_threads()
    {
        var shape = new ModularShape(31, 31, 64, 4, 16, 96);
        (PairSet training, _) = PairSet.Split(OperationTable.Addition(31), 0.9, 1);
        using ThreadTeam one = new(1), three = new(3);
        float[] weights = new ModularTransformer<float>(shape, training, one).Initialize(1, 2);
        float[] alone = new float[weights.Length], shared = new float[weights.Length];
        double loss = new ModularTransformer<float>(shape, training, one).Evaluate(weights, alone);
        Assert.Equal(loss, new ModularTransformer<float>(shape, training, three).Evaluate(weights, shared));
        Assert.Equal(alone, shared);
    }

    [Fact]
    public void Initial_weights_have_the_published_sizes()
    {
        var shape = new ModularShape(113, 113);
        (PairSet training, _) = PairSet.Split(OperationTable.Addition(113), 0.3, 1);
        Assert.Equal(3830, training.Count);
        var model = new ModularTransformer<float>(shape, training);
        float[] weights = model.Initialize(1, 5);
        foreach (ParameterBlock block in model.Layout.Blocks)
        {
            double size = Math.Sqrt(weights.AsSpan(block.Offset, block.Length).ToArray().Average(w => (double)w * w));
            double expected = block.Name.Contains(".b_", StringComparison.Ordinal)
                ? 0
                : 1 / Math.Sqrt(block.Name == "unembed.W_U" ? 113 : 128);
            Assert.InRange(size, expected * (1 - 5 / Math.Sqrt(block.Length)), expected * (1 + 5 / Math.Sqrt(block.Length)));
        }
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused()
    {
        (PairSet training, _) = PairSet.Split(OperationTable.Addition(5), 0.7, 3);
        Assert.Contains(
            "must be positive",
            Assert.Throws<ArgumentException>(() => new ModularTransformer<float>(Odd with { Heads = 0 }, training)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "7 operands",
            Assert.Throws<ArgumentException>(() => new ModularTransformer<float>(Odd with { Operands = 7 }, training)).Message,
            StringComparison.Ordinal);
    }

    private static double[] Random(int count)
    {
        var normal = new double[count];
        new RandomStream(7, RandomPurpose.Weights).FillNormal(normal);
        return [.. normal.Select(x => 0.5 * x)];
    }
}
