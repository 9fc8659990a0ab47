namespace Staircase.Tests;

/// <summary>Settings for tests of vector-valued tasks.</summary>
internal static class VectorCases
{
    /// <summary>
    /// Figures 1 to 4 of Mainali, Teixeira 2025, recovered from the drawings: S = (1.7, 1.4, 1.1, 1.0), N = 200, ηP = 0.02, a⁰ = 1e-4.
    /// </summary>
    public static VectorRegressionTask Published => new(Spectrum.Of(1.7, 1.4, 1.1, 1.0), 200, TaskSet.DiagonalDesign(4));

    public const double PublishedRate = 0.02;

    public static VectorWeights PublishedStart => VectorWeights.Aligned(4, 0.01);

    /// <summary>For comparisons to more digits than the default tolerance gives.</summary>
    public static FlowOptions Accurate => new() { RelativeTolerance = 1e-9 };

    /// <summary>Online training by gradient descent, at the rate ηP of an epoch.</summary>
    public static Descent<double> Training(
        VectorRegressionTask task, VectorWeights start, double epochRate, VectorObjectiveOptions options, ulong seed) =>
        new(new VectorObjective(task, options, seed), new GradientDescent(epochRate / task.Tasks.Count), start.All);

    /// <summary>A task whose m_i are exactly 1.</summary>
    public static VectorRegressionTask Diagonal(double[] s, int N) => new(Spectrum.Of(s), N, TaskSet.DiagonalDesign(s.Length));

    public static double[] Times(double until, double by) => [.. Enumerable.Range(0, (int)Math.Round(until / by) + 1).Select(k => k * by)];

    /// <summary>W of a set as a matrix.</summary>
    public static double[,] Matrix(ReadOnlySpan<double> rowMajor)
    {
        int D = (int)Math.Sqrt(rowMajor.Length);
        var matrix = new double[D, D];
        for (int i = 0; i < rowMajor.Length; i++)
            matrix[i / D, i % D] = rowMajor[i];
        return matrix;
    }

    /// <summary>N + 1 inputs of covariance diag(s), the query last.</summary>
    public static double[][] Inputs(VectorRegressionTask task, ref RandomStream random)
    {
        double[][] X = new double[task.ContextLength + 1][];
        for (int n = 0; n < X.Length; n++)
        {
            X[n] = new double[task.InputDimension];
            random.FillNormal(X[n]);
            for (int i = 0; i < task.InputDimension; i++)
                X[n][i] *= Math.Sqrt(task.InputEigenvalues[i]);
        }

        return X;
    }
}
