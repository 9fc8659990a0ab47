using System.Diagnostics;
using System.Globalization;
using Staircase.Kernels;
using Staircase.Lab;
using Staircase.Transformers;

namespace Staircase.Benchmarks;

/// <summary>
/// Trains softmax attention on exported data and weights, for the side-by-side script: gradient descent on the full batch, a loss a line.
/// </summary>
internal static class SoftmaxTraining
{
    /// <summary>
    /// Runs <c>softmax FILE.npz RATE STEPS LOSSES.csv [THREADS]</c>; the last line it prints is the seconds that the steps took.
    /// </summary>
    public static int Run(string[] arguments)
    {
        if (arguments is not [string path, string rate, string steps, string losses, ..])
        {
            Console.Error.WriteLine("usage: softmax FILE.npz LEARNING-RATE STEPS LOSSES.csv [THREADS]");
            return 2;
        }

        try
        {
            TokenArray data = DataFile.Read(path, new RegressionExperiment().Context);
            (AttentionModel model, double[] weights) = WeightsFile.Read(path, data.InputDimension, null);
            using var team = new ThreadTeam(arguments.Length > 4 ? int.Parse(arguments[4]) : Environment.ProcessorCount);
            SoftmaxObjective objective = SoftmaxObjective.FullBatch(model, data, team: team);
            var descent = new Descent<double>(objective, new GradientDescent(double.Parse(rate)), weights);
            using var table = new StreamWriter(losses);
            long last = long.Parse(steps);
            var watch = Stopwatch.StartNew();
            while (descent.Step < last)
                table.WriteLine(descent.Advance().ToString("R", CultureInfo.InvariantCulture));
            table.WriteLine(descent.Evaluate().ToString("R", CultureInfo.InvariantCulture));
            Console.WriteLine(watch.Elapsed.TotalSeconds.ToString("R", CultureInfo.InvariantCulture));
            return 0;
        }
        catch (Exception exception) when (exception is InputException or DivergedException or FormatException)
        {
            Console.Error.WriteLine(exception.Message);
            return 2;
        }
    }
}
