using Staircase.Checkpoints;

namespace Staircase.Lab.Tests;

/// <summary>Data and weights written to npz train as the experiment they were written from.</summary>
public sealed class FileTests
{
    [Theory]
    [InlineData("attention=merged", "until=150")]
    [InlineData("attention=separate", "rank=2", "until=150")]
    [InlineData("attention=separate", "init-scheme=full", "whiten=true", "until=150")]
    [InlineData("attention=cubic", "until=150")]
    [InlineData("attention=merged", "optimizer=gd", "steps=500", "vary-context=true", "scale=tokens", "centre=true")]
    [InlineData("attention=cubic", "optimizer=adam", "learning-rate=0.001", "steps=500")]
    [InlineData("attention=separate", "optimizer=muon", "learning-rate=0.001", "steps=100")]
    public void Training_from_the_files_is_training_the_experiment(params string[] keys)
    {
        using var folder = new TemporaryFolder();
        RegressionExperiment experiment = Runs.Regression(["data=sample:120", "context=7", "dim=3", .. keys]);
        RegressionStudy study = Runs.Prepare(experiment);
        string path = folder["exported.npz"];
        DataFile.Write(path, study.Sequences!, study.Model, study.InitialWeights);
        Trajectory drawn = Runs.Train(experiment, new RunMemory()).Trajectory;

        // Bit for bit: a file holds the very doubles that the sample draws, in the same order.
        Trajectory read = Runs.Train(
            experiment with
            {
                Data = new(DataKind.File, Path: path),
                Weights = path,
                Whiten = false,
                Centre = false,
                Heads = null,
                Rank = null,
                Attention = null,
                Dimension = null,
            }, new RunMemory()).Trajectory;
        Assert.Equal(drawn.Steps, read.Steps);
        Assert.Equal(drawn.Times, read.Times);
        Assert.Equal(drawn.Losses, read.Losses);
        Assert.True(read.Losses[^1] < read.Losses[0], "Nothing was learned.");
    }

    [Theory]
    [InlineData("attention=merged", "init-scheme=full")]
    [InlineData("attention=separate", "rank=2", "init-scheme=full")]
    [InlineData("attention=cubic")]
    public void Weights_read_back(params string[] keys)
    {
        using var folder = new TemporaryFolder();
        RegressionStudy study = Runs.Prepare(Runs.Regression([.. keys, "data=sample:5"]));
        DataFile.Write(folder["x.npz"], study.Sequences!, study.Model, study.InitialWeights);
        (AttentionModel model, double[] weights) = WeightsFile.Read(folder["x.npz"], 4, null);
        Assert.Equal(study.Model.GetType(), model.GetType());
        Assert.Equal(study.InitialWeights, weights);
        Assert.Equal(study.InitialWeights.Count(w => w == 0), weights.Count(w => w == 0));
    }

    /// <summary>Of V only the last row reaches the answer, of KQ all but the last column: the rest may hold anything finite.</summary>
    [Fact]
    public void Entries_that_never_reach_the_output_are_ignored()
    {
        const int D = 3, H = 2, R = 2, W = D + 1;
        using var folder = new TemporaryFolder();
        double[] value = Numbers(H * W * W), keyQuery = Numbers(H * W * W), key = Numbers(H * R * W), query = Numbers(H * R * W);
        (AttentionModel Model, double[] Weights) merged = Read("a", value, keyQuery, null), separate = Read("b", value, null, query);

        double[] value2 = [.. value.Select((x, i) => i / W % W < D ? 1e6 + i : x)];
        double[] keyQuery2 = [.. keyQuery.Select((x, i) => i % W == D ? -1e6 : x)];
        double[] query2 = [.. query.Select((x, i) => i % W == D ? 777 : x)];
        Assert.Equal(merged.Weights, Read("c", value2, keyQuery2, null).Weights);
        Assert.Equal(separate.Weights, Read("d", value2, null, query2).Weights);

        // And what is left is the attention that the format describes: ŷ = Σ_h Σ_n (last row of V_h)·z_n (z_nᵀ KQ_h z_q) / N.
        double[] tokens = Numbers(5 * W);
        tokens[^1] = 0;
        AssertOutput(merged, keyQuery2);
        var product = new double[H * W * W];
        for (int h = 0; h < H; h++)
        {
            for (int r = 0; r < R; r++)
            {
                for (int a = 0; a < W; a++)
                {
                    for (int b = 0; b < W; b++)
                        product[(h * W + a) * W + b] += key[(h * R + r) * W + a] * query[(h * R + r) * W + b];
                }
            }
        }

        AssertOutput(separate, product);

        (AttentionModel Model, double[] Weights) Read(string name, double[] v, double[]? kq, double[]? q)
        {
            string path = folder[name + ".npz"];
            NpzWriter.Write(path, kq is not null
                ? [TensorToWrite.Create("value", [H, W, W], v), TensorToWrite.Create("key_query", [H, W, W], kq)]
                : [TensorToWrite.Create("value", [H, W, W], v), TensorToWrite.Create("key", [H, R, W], key),
                    TensorToWrite.Create("query", [H, R, W], q!)]);
            return WeightsFile.Read(path, D, null);
        }

        void AssertOutput((AttentionModel Model, double[] Weights) read, double[] kq)
        {
            const double rounding = 1e-13; // a few hundred products of numbers of size one
            const int count = 5;
            double expected = 0;
            for (int h = 0; h < H; h++)
            {
                for (int n = 0; n < count; n++)
                {
                    double seen = 0, score = 0;
                    for (int a = 0; a < W; a++)
                    {
                        seen += value2[(h * W + D) * W + a] * tokens[n * W + a];
                        for (int b = 0; b < W; b++)
                            score += tokens[n * W + a] * kq[(h * W + a) * W + b] * tokens[(count - 1) * W + b];
                    }

                    expected += seen * score / (count - 1);
                }
            }

            var map = new double[AttentionMap.Length(D)];
            read.Model.Map(read.Weights, map);
            double[] statistic = new double[AttentionMap.StatisticLength(D)], x = new double[D];
            new TokenStatistics(new TokenArray(tokens, [0], count, D), OutputScale.Context, varyContext: false).Read(
                0, statistic, x, new double[1]);
            double actual = AttentionMap.Predict(map, statistic, x);
            Assert.True(
                Math.Abs(actual - expected) <= rounding * Math.Max(1, Math.Abs(expected)), $"ŷ is {actual:R}, expected {expected:R}.");
        }
    }

    private static double[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => Math.Sin(1 + 1.7 * i + 0.1 * i * i))];
}
