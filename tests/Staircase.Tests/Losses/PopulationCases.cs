namespace Staircase.Tests;

/// <summary>Tasks and maps for the population loss.</summary>
internal static class PopulationCases
{
    /// <summary>How Ω relates to Λ.</summary>
    public enum Tasks
    {
        Identity,
        Diagonal,
        Correlated,
    }

    public static RegressionTask Task(int D, int N, double noise, Tasks tasks, OutputScale scale, bool varyContext, bool basis)
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(D).WithTrace(1.5), N) with
        {
            LabelNoise = noise,
            OutputScale = scale,
            VaryContext = varyContext,
            TaskCovariance = tasks switch
            {
                Tasks.Diagonal => Matrix(D, (i, j) => i == j ? 0.5 + 0.4 * i : 0),
                Tasks.Correlated => Matrix(D, (i, j) => i == j ? 1 + 0.3 * i : 0.4 / (1 + Math.Abs(i - j))),
                _ => null,
            },
        };
        return basis ? task.InRandomBasis(17) : task;
    }

    /// <summary>Maps that hold some of the blocks M, π and P, so that each group of terms of the loss stands out in one of them.</summary>
    public static (string Name, double[] Map)[] Maps(int D, double scale, int seed)
    {
        double[] whole = CentralDifferences.RandomMap(AttentionMap.Length(D), seed, scale);
        return
        [
            ("M in-context", whole[..(D * D)]),
            ("M", Keep(true, false, false)),
            ("π", Keep(false, true, false)),
            ("P", Keep(false, false, true)),
            ("M π", Keep(true, true, false)),
            ("M P", Keep(true, false, true)),
            ("π P", Keep(false, true, true)),
            ("M π P", Keep(true, true, true)),
        ];

        double[] Keep(bool M, bool π, bool P) =>
            [.. whole.Select((value, i) => (i < D * D ? M : i < D * D + D ? π : P) ? value : 0)];
    }

    /// <summary>L with L Lᵀ the covariance of x (E Λ Eᵀ) and of w (E Ω Eᵀ): what turns normal numbers into them.</summary>
    public static (double[,] Input, double[,] Task) Factors(RegressionTask task)
    {
        int D = task.InputDimension;
        double[] λ = task.InputEigenvalues.ToArray();
        double[,] E = task.Basis ?? Matrix(D, (i, j) => i == j ? 1 : 0);
        double[,] Ω = Matrix(D, task.TaskCovarianceAt);
        var L = new double[D, D];
        for (int i = 0; i < D; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double rest = Ω[i, j];
                for (int k = 0; k < j; k++)
                    rest -= L[i, k] * L[j, k];
                L[i, j] = i == j ? Math.Sqrt(rest) : rest / L[j, j];
            }
        }

        return (Matrix(D, (i, j) => E[i, j] * Math.Sqrt(λ[j])), Product(E, L));
    }

    public static double[,] Matrix(int D, Func<int, int, double> entry)
    {
        var matrix = new double[D, D];
        for (int i = 0; i < D; i++)
        {
            for (int j = 0; j < D; j++)
                matrix[i, j] = entry(i, j);
        }

        return matrix;
    }

    public static double[,] Product(double[,] A, double[,] B)
    {
        int D = A.GetLength(0);
        return Matrix(D, (i, j) =>
        {
            double sum = 0;
            for (int k = 0; k < D; k++)
                sum += A[i, k] * B[k, j];
            return sum;
        });
    }

    public static void Transform(double[,] factor, ReadOnlySpan<double> source, Span<double> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = 0;
            for (int k = 0; k < source.Length; k++)
                destination[i] += factor[i, k] * source[k];
        }
    }
}
