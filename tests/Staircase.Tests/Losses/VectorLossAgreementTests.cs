using MathNet.Numerics.LinearAlgebra;

namespace Staircase.Tests;

/// <summary>
/// The exact gradients of vector-valued tasks against a million contexts of tokens through the whole transformer, whose p₁ and q₂ blocks
/// are measured too.
/// </summary>
public class VectorLossAgreementTests
{
    /// <summary>Some hundred numbers in all; 4.5 standard errors are exceeded by chance in 1 of 150,000, and the seeds are fixed.</summary>
    private const double StandardErrors = 4.5;

    private const int Blocks = 1000, ContextsPerBlock = 1000;

    public static TheoryData<string> Names =>
        ["misaligned, any tasks", "aligned, diagonal tasks", "query does not see itself", "tasks with their negatives"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_are_those_of_a_million_contexts(string name)
    {
        (VectorRegressionTask task, VectorWeights weights) = Case(name);
        int D = task.InputDimension, size = D * D, width = 4 * size + 1;
        double[] exact = new double[width];
        exact[^1] = new VectorLoss(task).Evaluate(weights.InContext, exact.AsSpan(0, 2 * size));
        ZeroBlocks.Gradients zero = ZeroBlocks.Of(task, weights);
        zero.ValueInput.CopyTo(exact, 2 * size);
        zero.KeyQueryLabel.CopyTo(exact, 3 * size);

        double[][] means = Measure(task, weights);
        double[] mean = [.. Enumerable.Range(0, width).Select(i => means.Average(row => row[i]))];
        double worst = 0;
        for (int i = 0; i < width; i++)
        {
            double error = Math.Sqrt(means.Sum(row => (row[i] - mean[i]) * (row[i] - mean[i])) / (Blocks - 1.0) / Blocks);
            worst = Math.Max(worst, Math.Abs(mean[i] - exact[i]) / error);
            Expect.WithinErrors($"{name}: {(i < width - 1 ? $"gradient[{i}]" : "loss")}", exact[i], mean[i], error, StandardErrors);
        }

        // All numbers at once: Hotelling's T², nearly χ². One direction does not fluctuate: on every context ⟨p, ∂L/∂p⟩ = ⟨q, ∂L/∂q⟩.
        var difference = Vector<double>.Build.Dense(width, i => mean[i] - exact[i]);
        var covariance = Matrix<double>.Build.Dense(
            width, width, (i, j) => means.Sum(row => (row[i] - mean[i]) * (row[j] - mean[j])) / (Blocks - 1.0));
        var eigen = covariance.Evd(Symmetricity.Symmetric);
        double T = 0, freedom = 0;
        for (int i = 0; i < width; i++)
        {
            double variance = eigen.EigenValues[i].Real;
            if (variance < 1e-12 * eigen.EigenValues[width - 1].Real)
                continue;
            double projection = eigen.EigenVectors.Column(i).DotProduct(difference);
            T += Blocks * projection * projection / variance;
            freedom++;
        }

        Assert.Equal(width - 1, freedom);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{name}: largest |z| {worst:F2} of {width}; T² = {T:F1}, {freedom} degrees of freedom");
        Expect.Relative($"{name}: T²", freedom, T, StandardErrors * Math.Sqrt(2 / freedom));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_is_the_derivative_of_the_loss(string name)
    {
        const double truncation = 1e-8; // of central differences with steps of 1e-5
        (VectorRegressionTask task, VectorWeights weights) = Case(name);
        var loss = new VectorLoss(task);
        double[] w = weights.InContext.ToArray(), gradient = new double[w.Length], unused = new double[w.Length];
        loss.Evaluate(w, gradient);
        for (int i = 0; i < w.Length; i++)
        {
            double[] up = [.. w], down = [.. w];
            up[i] += 1e-5;
            down[i] -= 1e-5;
            Expect.Relative(
                $"{name}: gradient[{i}]", (loss.Evaluate(up, unused) - loss.Evaluate(down, unused)) / 2e-5, gradient[i], truncation, 1);
        }
    }

    [Fact]
    public void Aligned_weights_see_the_same_loss_through_2D_numbers()
    {
        const double rounding = 1e-13;
        var task = new VectorRegressionTask(Spectrum.Of(2, 0.9, 0.4), 3, TaskSet.Diagonal(3, 5, 1));
        double[] p = [0.3, -0.7, 1.1], q = [0.5, 0.2, -0.4], aligned = new double[6];
        VectorWeights weights = VectorWeights.Aligned(p, q);
        double[] gradient = new double[weights.InContext.Length];
        Expect.Relative(
            "loss", new VectorLoss(task).Evaluate(weights.InContext, gradient),
            new AlignedVectorLoss(task).Evaluate([.. p, .. q], aligned), rounding);
        Expect.Relative("p", VectorWeights.Diagonal(gradient.AsSpan(0, 9)), aligned.AsSpan(0, 3), rounding);
        Expect.Relative("q", VectorWeights.Diagonal(gradient.AsSpan(9)), aligned.AsSpan(3), rounding);
    }

    /// <summary>The three ways to average over tasks: kept moments, a sum over tasks, diagonals.</summary>
    [Fact]
    public void Every_way_to_average_over_tasks_gives_the_plain_sum()
    {
        const double rounding = 1e-13;
        (string, TaskSet)[] sets =
            [("moments", TaskSet.Gaussian(3, 7, 1)), ("sum", TaskSet.Gaussian(5, 2, 1)), ("diagonal", TaskSet.Diagonal(4, 3, 1))];
        foreach ((string name, TaskSet set) in sets)
        {
            int D = set.Dimension;
            double[] x = new double[D * D], y = new double[D * D];
            new RandomStream(2, RandomPurpose.Probe).FillNormal(x);
            var X = Matrix<double>.Build.DenseOfRowMajor(D, D, x);
            foreach (bool transposed in (bool[])[false, true])
            {
                var sum = Matrix<double>.Build.Dense(D, D);
                for (int μ = 0; μ < set.Count; μ++)
                {
                    var W = Matrix<double>.Build.DenseOfArray(VectorCases.Matrix(set[μ]));
                    sum += (transposed ? W.Transpose() * X * W : W * X * W.Transpose()) / set.Count;
                }

                new TaskMoments(set).Sandwich(x, transposed, y);
                Expect.Relative($"{name}, transposed {transposed}", sum.ToRowMajorArray(), y, rounding);
            }
        }
    }

    private static (VectorRegressionTask Task, VectorWeights Weights) Case(string name) => name switch
    {
        "misaligned, any tasks" => (new(Spectrum.Of(1.5, 0.8, 0.3), 4, TaskSet.Gaussian(3, 4, 3)), VectorWeights.Random(3, 0.5, 5)),
        "aligned, diagonal tasks" =>
            (new(Spectrum.Of(1.5, 0.5), 2, TaskSet.Diagonal(2, 5, 4)), VectorWeights.Aligned([0.6, 0.4], [0.9, -0.3])),
        "query does not see itself" =>
            (new(Spectrum.Of(1.2, 0.7), 3, TaskSet.Gaussian(2, 4, 6)) { QueryAttendsToItself = false }, VectorWeights.Random(2, 0.6, 7)),
        _ => (new(Spectrum.Of(1.2, 0.7), 3, TaskSet.Gaussian(2, 2, 8).WithNegatives()), VectorWeights.Random(2, 0.6, 9)),
    };

    /// <summary>Means over blocks; every task has its equal share of each block.</summary>
    private static double[][] Measure(VectorRegressionTask task, VectorWeights weights)
    {
        int D = task.InputDimension, P = task.Tasks.Count, width = 4 * D * D + 1;
        double[][] means = new double[Blocks][];
        double[][,] maps = [.. Enumerable.Range(0, P).Select(μ => VectorCases.Matrix(task.Tasks[μ]))];
        var transformer = new NaiveVectorTransformer(weights, 17);
        Parallel.For(0, Blocks, block =>
        {
            var random = new RandomStream(11, RandomPurpose.Probe, block);
            double[] sum = new double[width], one = new double[width];
            for (int k = 0; k < ContextsPerBlock; k++)
            {
                one[^1] = transformer.Gradient(
                    maps[k % P], VectorCases.Inputs(task, ref random), task.QueryAttendsToItself, one.AsSpan(0, width - 1));
                for (int i = 0; i < width; i++)
                    sum[i] += one[i] / ContextsPerBlock;
            }

            means[block] = sum;
        });
        return means;
    }
}
