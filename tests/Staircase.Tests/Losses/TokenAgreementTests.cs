namespace Staircase.Tests;

/// <summary>Training through moments and maps is training through tokens: the same loss at every step.</summary>
public class TokenAgreementTests
{
    /// <summary>
    /// Rounding only: below 3e-14 in every row below, with room for other vector widths. The learning rates stay clear of the edge of
    /// stability, where a thousand steps magnify the last bit without bound.
    /// </summary>
    private const double Rounding = 1e-11;

    /// <summary>Weights at the end: the same rounding, magnified along directions in which the loss is flat.</summary>
    private const double WeightRounding = 1e-9;

    private const int Steps = 1000;

    // Model, scale, varying lengths, in-context fraction, size of the initial weights, learning rate.
    public static TheoryData<string, OutputScale, bool, double, double, double> Settings => new()
    {
        { "merged", OutputScale.Context, false, 1, 0.35, 0.02 },
        { "merged", OutputScale.Tokens, false, 1, 0.35, 0.01 },
        { "merged", OutputScale.None, false, 1, 0.15, 0.004 },
        { "merged", OutputScale.Context, true, 1, 0.35, 0.006 },
        { "merged", OutputScale.Tokens, true, 1, 0.35, 0.006 },
        { "merged", OutputScale.None, true, 1, 0.18, 0.004 },
        { "merged", OutputScale.Context, false, 0.4, 0.35, 0.02 },
        { "merged", OutputScale.Context, false, 0, 0.35, 0.03 },
        { "separate1", OutputScale.Context, false, 1, 0.5, 0.03 },
        { "separate1", OutputScale.None, true, 1, 0.3, 0.005 },
        { "separate1", OutputScale.Tokens, false, 0.4, 0.5, 0.05 },
        { "separate2", OutputScale.Context, false, 1, 0.5, 0.01 },
        { "separate2", OutputScale.Tokens, true, 1, 0.5, 0.01 },
        { "separate2", OutputScale.None, false, 0.4, 0.3, 0.004 },
        { "separate2", OutputScale.Context, true, 0, 0.5, 0.005 },
        { "cubic", OutputScale.Context, false, 1, 0.4, 0.1 },
        { "cubic", OutputScale.Tokens, true, 1, 0.4, 0.05 },
        { "cubic", OutputScale.None, false, 0.4, 0.2, 0.01 },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public void Descent_through_moments_is_descent_through_tokens(
        string name, OutputScale scale, bool varyContext, double inContextFraction, double initial, double learningRate)
    {
        var setting = new Setting(name, scale, varyContext, inContextFraction, initial, learningRate);
        (AttentionModel model, Sample sample, double[] start) = Prepare(setting);
        NaiveModel naive = model is CubicFeatureNetwork cubic
            ? new NaiveCubicNetwork(cubic, start)
            : NaiveAttention.Of(model, start, seed: 5);
        double[]? idle = (naive as NaiveAttention)?.OtherEntries();
        NaiveData data = NaiveData.Of(sample);
        var expected = new double[Steps + 1];
        for (int step = 0; step <= Steps; step++)
        {
            expected[step] = naive.Loss(data, setting.Scale, setting.VaryContext);
            if (step < Steps)
                naive.Step(setting.LearningRate);
        }

        // Without a fall the test would compare constants; short prefixes leave more to be guessed.
        double fallen = setting.VaryContext ? 0.7 : 0.6;
        Expect.Below($"{setting}: loss after {Steps} steps, begun at {expected[0]:R}", fallen * expected[0], expected[Steps]);

        var statistics = new TokenStatistics(sample, setting.Scale, setting.VaryContext);
        double[] weights = naive is NaiveAttention attention ? attention.ToWeights(model) : ((NaiveCubicNetwork)naive).ToWeights();
        foreach (IAttentionLoss loss in (IAttentionLoss[])[QuadraticLoss.From(sample), SequenceLoss.From(statistics)])
        {
            string what = $"{setting}, {loss.GetType().Name}";
            Trajectory actual = Descent.Run(model, loss, start, new GradientDescent(setting.LearningRate), Steps);
            Assert.Equal(Steps + 1, actual.Count);
            for (int step = 0; step <= Steps; step++)
                Expect.Relative($"{what}, loss at step {step}", expected[step], actual.Losses[step], Rounding);
            Expect.Relative($"{what}, weights at the end", weights, actual.FinalWeights, WeightRounding);
        }

        if (idle is not null)
        {
            Expect.SameBits(
                $"{setting}: entries of the published layers that are no parameters", idle, ((NaiveAttention)naive).OtherEntries());
        }
    }

    [Fact]
    public void Cubic_features_and_merged_attention_with_zero_blocks_train_alike()
    {
        const int D = 3, H = 4;
        Sample sample = RegressionTask.Create(Spectrum.Linear(D), 4).Sample(40, seed: 3);
        QuadraticLoss loss = QuadraticLoss.From(sample);
        var network = new CubicFeatureNetwork(D, H);
        double[] start = network.Initialize(0.3, seed: 2);
        var naive = new NaiveCubicNetwork(network, start);

        var merged = new MergedAttention(D, H);
        double[] whole = [.. start, .. new double[merged.Layout.Count - start.Length]];
        Trajectory actual = Descent.Run(merged, new HeldLoss(loss), whole, new GradientDescent(0.5), Steps);

        NaiveData data = NaiveData.Of(sample);
        double first = naive.Loss(data, OutputScale.Context, false), last = first;
        for (int step = 0; step <= Steps; step++)
        {
            last = naive.Loss(data, OutputScale.Context, false);
            Expect.Relative($"loss at step {step}", last, actual.Losses[step], Rounding);
            naive.Step(0.5);
        }

        Expect.Below($"loss after {Steps} steps, begun at {first:R}", 0.6 * first, last);
    }

    private static (AttentionModel Model, Sample Sample, double[] Start) Prepare(Setting setting)
    {
        AttentionModel model = setting.Model switch
        {
            "merged" => new MergedAttention(3, 2),
            "separate1" => new SeparateAttention(2, 3, 1),
            "separate2" => new SeparateAttention(3, 2, 2),
            _ => new CubicFeatureNetwork(3, 3),
        };
        int D = model.InputDimension;
        RegressionTask task = (RegressionTask.Create(Spectrum.Linear(D).WithTrace(D), D == 2 ? 5 : 4) with
        {
            OutputScale = setting.Scale,
            VaryContext = setting.VaryContext,
            InContextFraction = setting.InContextFraction,
            LabelNoise = 0.1,
        }).InRandomBasis(7);
        return (model, task.Sample(40, seed: 11), model.Initialize(setting.Initial, seed: 13, InitializationScheme.Full));
    }

    /// <summary>The same loss with zero blocks held at zero, as Zhang et al. 2025 assume.</summary>
    private sealed class HeldLoss(IAttentionLoss inner) : IAttentionLoss
    {
        public int InputDimension => inner.InputDimension;

        public bool KeepsZeroBlocks => true;

        public double Evaluate(ReadOnlySpan<double> map, Span<double> gradient) => inner.Evaluate(map, gradient);
    }

    /// <summary>One row of the table of trainings.</summary>
    private sealed record Setting(
        string Model, OutputScale Scale, bool VaryContext, double InContextFraction, double Initial, double LearningRate);
}
