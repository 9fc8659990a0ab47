namespace Staircase.Tests;

/// <summary>The formulas of Zhang et al. 2025 for a plain task (Ω = I, no noise, scale 1/N), written out anew.</summary>
internal static class Papers
{
    /// <summary>The papers' default task.</summary>
    public static RegressionTask DefaultTask(int dimension = 4) => RegressionTask.Create(Spectrum.Linear(dimension), 31);

    /// <summary>Eq. 18: m_d = λ⁻¹ (1 + (1 + tr Λ/λ)/N)⁻¹.</summary>
    public static double FullStrength(RegressionTask task, int mode)
    {
        double λ = task.InputEigenvalues[mode];
        return 1 / (λ * (1 + (1 + Trace(task) / λ) / task.ContextLength));
    }

    /// <summary>Eq. 19: L(S) = tr Λ − Σ_{d∈S} λ_d (1 + (1 + tr Λ/λ_d)/N)⁻¹.</summary>
    public static double Height(RegressionTask task, IEnumerable<int> learned)
    {
        double loss = Trace(task);
        foreach (int d in learned)
        {
            double λ = task.InputEigenvalues[d];
            loss -= λ / (1 + (1 + Trace(task) / λ) / task.ContextLength);
        }

        return loss;
    }

    public static double Trace(RegressionTask task)
    {
        double sum = 0;
        foreach (double λ in task.InputEigenvalues)
            sum += λ;
        return sum;
    }

    /// <summary>‖Λ²‖_F.</summary>
    public static double DriveNorm(RegressionTask task)
    {
        double sum = 0;
        foreach (double λ in task.InputEigenvalues)
            sum += λ * λ * λ * λ;
        return Math.Sqrt(sum);
    }
}
