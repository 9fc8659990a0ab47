namespace Staircase.Transformers.Tests;

/// <summary>
/// The spectrum against sums over all pairs as the definitions state them, and on networks that are built to have a known one.
/// </summary>
public class ModularFourierTests
{
    public static TheoryData<string> Operations => ["addition", "subtraction", "multiplication"];

    [Theory]
    [MemberData(nameof(Operations))]
    public void Restricted_and_excluded_loss_are_those_of_projected_logits(string name)
    {
        const int p = 7;
        OperationTable operation = Named(name, p);
        (PairSet training, _) = PairSet.Split(operation, 0.6, 1);
        var model = new ModularTransformer<float>(new(p, p, 8, 2, 4, 16), training);
        float[] weights = [.. model.Initialize(2, 3)];
        ModularSpectrum spectrum = new ModularFourier(model, operation, training).Of(weights, [2]);

        PairSet all = PairSet.All(operation);
        float[] logits = new float[p * p * p], neurons = new float[p * p * 16];
        model.Read(weights, all, logits, neurons);
        CyclicOrder order = operation.Order!;
        int n = order.Length;
        int[] placed = [.. Enumerable.Range(0, p * p).Where(i => order[i / p] >= 0 && order[i % p] >= 0)];
        double[] phases = [.. placed.Select(i => 2 * Math.PI * 2 * (order[i / p] + order.Sign * order[i % p]) / n)];
        double[] cos = [.. phases.Select(Math.Cos)], sin = [.. phases.Select(Math.Sin)];
        double norm = cos.Sum(x => x * x);
        double restricted = 0, excluded = 0;
        int count = 0;
        double[][] rows = [.. placed.Select(i => Enumerable.Range(0, p).Select(c => (double)logits[i * p + c]).ToArray())];
        double[] mean = [.. Enumerable.Range(0, p).Select(c => rows.Average(row => row[c]))];
        double[] A = [.. Enumerable.Range(0, p).Select(c => rows.Select((row, i) => row[c] * cos[i]).Sum() / norm)];
        double[] B = [.. Enumerable.Range(0, p).Select(c => rows.Select((row, i) => row[c] * sin[i]).Sum() / norm)];
        for (int i = 0; i < placed.Length; i++)
        {
            int a = placed[i] / p, b = placed[i] % p, target = operation[a, b];
            double[] key = [.. A.Zip(B, (x, y) => x * cos[i] + y * sin[i])];
            restricted += Loss([.. key.Zip(mean, (x, y) => x + y)], target) / placed.Length;
            if (training.First.Zip(training.Second).Contains((a, b)))
            {
                excluded += Loss([.. rows[i].Zip(key, (x, y) => x - y)], target);
                count++;
            }
        }

        Assert.Equal(restricted, spectrum.RestrictedLoss, 5);
        Assert.Equal(excluded / count, spectrum.ExcludedLoss, 5);

        static double Loss(double[] x, int target) => Math.Log(x.Sum(Math.Exp)) - x[target];
    }

    [Fact]
    public void Embeddings_and_neurons_of_one_wave_have_its_frequency()
    {
        const int p = 12, wave = 5;
        OperationTable operation = OperationTable.Addition(p);
        (PairSet training, _) = PairSet.Split(operation, 0.5, 1);
        var model = new ModularTransformer<float>(new(p, p, 2, 1, 2, 3), training);
        var weights = new float[model.Layout.Count];
        Span<float> E = model.Layout.Slice<float>(weights.AsSpan(), "embed.W_E");
        Span<float> V = model.Layout.Slice<float>(weights.AsSpan(), "blocks.0.attn.W_V");
        for (int token = 0; token < p; token++)
            E[2 * token] = MathF.Cos(2 * MathF.PI * wave * token / p);
        Span<float> O = model.Layout.Slice<float>(weights.AsSpan(), "blocks.0.attn.W_O");
        Span<float> W = model.Layout.Slice<float>(weights.AsSpan(), "blocks.0.mlp.W_in");
        (V[0], O[0], W[0], W[1]) = (1, 1, 1, 0); // attention is even: the first hidden unit sees (cos a + cos b)/3
        model.Layout.Slice<float>(weights.AsSpan(), "blocks.0.mlp.b_in")[0] = 10; // and the ReLU leaves it as it is

        ModularSpectrum spectrum = new ModularFourier(model, operation, training).Of(weights);

        Assert.Equal([wave], spectrum.KeyFrequencies);
        Assert.Equal(1, spectrum.NeuronShares[wave - 1], 4);
        Assert.Equal(Math.Sqrt(p / 2.0), spectrum.EmbeddingNorms[wave - 1], 5);
        Assert.Equal(0, spectrum.EmbeddingNorms.Where((_, k) => k != wave - 1).Max(), 5);
        Assert.Equal(5.0 / 6, spectrum.EmbeddingGini, 5); // one of six frequencies has everything
        Assert.Equal(Math.Log(p), spectrum.RestrictedLoss, 5); // nothing is read out
    }

    [Fact]
    public void Components_of_the_embedding_hold_all_of_it_but_its_mean()
    {
        const int p = 10;
        OperationTable operation = OperationTable.Subtraction(p);
        (PairSet training, _) = PairSet.Split(operation, 0.5, 1);
        var model = new ModularTransformer<float>(new(p, p, 6, 2, 3, 8), training);
        float[] weights = model.Initialize(1, 4);
        ModularSpectrum spectrum = new ModularFourier(model, operation, training).Of(weights);
        float[] E = model.Layout.Slice<float>(weights.AsSpan(), "embed.W_E")[..(p * 6)].ToArray();
        double around = Enumerable.Range(0, 6).Sum(c =>
        {
            double mean = Enumerable.Range(0, p).Average(a => E[a * 6 + c]);
            return Enumerable.Range(0, p).Sum(a => Math.Pow(E[a * 6 + c] - mean, 2));
        });
        Assert.Equal(around, spectrum.EmbeddingNorms.Sum(x => x * x), 5);
        Assert.Equal(around, spectrum.EmbeddingAmplitudes.Sum(x => x * x), 5);
    }

    [Fact]
    public void An_operation_without_a_circle_has_no_spectrum()
    {
        OperationTable operation = OperationTable.Multiplication(6);
        (PairSet training, _) = PairSet.Split(operation, 0.5, 1);
        var model = new ModularTransformer<float>(new(6, 6, 2, 1, 2, 3), training);
        Assert.Contains(
            "no Fourier basis", Assert.Throws<ArgumentException>(() => new ModularFourier(model, operation, training)).Message,
            StringComparison.Ordinal);
    }

    private static OperationTable Named(string name, int p) => name switch
    {
        "addition" => OperationTable.Addition(p),
        "subtraction" => OperationTable.Subtraction(p),
        _ => OperationTable.Multiplication(p),
    };
}
