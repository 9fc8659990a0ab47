using System.Diagnostics;
using Staircase.Kernels;
using Staircase.Transformers;

namespace Staircase.Benchmarks;

/// <summary>
/// Trains modular addition at the published sizes, full batch with AdamW, and says what an epoch takes beside the matrix products that it
/// consists of.
/// </summary>
internal static class ModularTraining
{
    /// <summary>Runs <c>modular [EPOCHS] [THREADS] [MODULUS WIDTH HIDDEN FRACTION]</c>.</summary>
    public static int Run(string[] arguments)
    {
        int epochs = arguments.Length > 0 ? int.Parse(arguments[0]) : 300;
        using var team = new ThreadTeam(arguments.Length > 1 ? int.Parse(arguments[1]) : Environment.ProcessorCount);
        (int modulus, int width, int hidden, double fraction) = arguments.Length > 5
            ? (int.Parse(arguments[2]), int.Parse(arguments[3]), int.Parse(arguments[4]), double.Parse(arguments[5]))
            : (113, 128, 512, 0.3);
        OperationTable operation = OperationTable.Addition(modulus);
        var shape = new ModularShape(modulus, operation.Classes, width, 4, width / 4, hidden);
        (PairSet training, PairSet test) = PairSet.Split(operation, fraction, 0);
        var model = new ModularTransformer<float>(shape, training, team);
        var descent = new Descent<float>(model, new Adam(1e-3, 0.9, 0.98, WeightDecay: 1), model.Initialize(1, 0));
        for (int epoch = 0; epoch < 20; epoch++)
            descent.Advance();
        double[] times = new double[epochs], products = new double[epochs];
        double processor = Environment.CpuUsage.TotalTime.TotalSeconds, loss = 0;
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            long start = Stopwatch.GetTimestamp();
            loss = descent.Advance();
            times[epoch] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        processor = Environment.CpuUsage.TotalTime.TotalSeconds - processor;

        // The products of the MLP and the unembedding, three of each size: forward, to the input and to the weights.
        int P = training.Count, d = shape.ModelDimension, m = shape.MlpDimension, C = shape.Classes;
        float[] narrow = new float[P * d], wide = new float[P * m], logits = new float[P * C], matrix = new float[d * m];
        for (int epoch = 0; epoch < Math.Min(epochs, 50); epoch++)
        {
            long start = Stopwatch.GetTimestamp();
            MatrixProduct.Of(1f, narrow.AsMatrix(P, d), matrix.AsMatrix(d, m), wide, team: team);
            MatrixProduct.Of(1f, wide.AsMatrix(P, m), matrix.AsMatrix(m, d), narrow, team: team);
            MatrixProduct.Of(1f, narrow.AsMatrix(P, d), matrix.AsMatrix(d, C), logits, team: team);
            MatrixProduct.Of(1f, narrow.AsMatrix(P, d).Transposed, logits.AsMatrix(P, C), matrix, team: team);
            MatrixProduct.Of(1f, logits.AsMatrix(P, C), matrix.AsMatrix(d, C).Transposed, narrow, team: team);
            MatrixProduct.Of(1f, wide.AsMatrix(P, m).Transposed, narrow.AsMatrix(P, d), matrix, team: team);
            MatrixProduct.Of(1f, narrow.AsMatrix(P, d), matrix.AsMatrix(m, d).Transposed, wide, team: team);
            MatrixProduct.Of(1f, narrow.AsMatrix(P, d).Transposed, wide.AsMatrix(P, m), matrix, team: team);
            MatrixProduct.Of(1f, wide.AsMatrix(P, m), matrix.AsMatrix(d, m).Transposed, narrow, team: team);
            products[epoch] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        long tested = Stopwatch.GetTimestamp();
        (double testLoss, double accuracy) = model.Test(descent.State.Weights, test);
        double testing = Stopwatch.GetElapsedTime(tested).TotalMilliseconds;
        double epochTime = Median(times), productTime = Median(products[..Math.Min(epochs, 50)]);
        Console.WriteLine(
            $"{team.Threads} threads: an epoch {epochTime:F1} ms (median; quartile {Quantile(times, 0.25):F1}), " +
            $"{1000 * processor / epochs:F1} ms of processor time; " +
            $"its products alone {productTime:F1} ms: {productTime / epochTime:P0}");
        Console.WriteLine(
            $"loss {loss:G4} after {epochs + 20} epochs; {test.Count} test pairs in {testing:F1} ms: " +
            $"loss {testLoss:G4}, accuracy {accuracy:P1}; {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB");
        return 0;

        static double Median(double[] values) => Quantile(values, 0.5);

        static double Quantile(double[] values, double at) => values.Order().ElementAt((int)(at * (values.Length - 1)));
    }
}
