using System.Globalization;

namespace Staircase.Lab.Tests;

/// <summary>A run of products: when each mode was learned, beside theory.</summary>
internal sealed class ProductView(Run run) : RunView<ProductView, ProductStudy>(run)
{
    private double[] Steps => Run.Positions(useTime: false);

    /// <summary>When half of a mode was learned, between two rows; NaN if it was not.</summary>
    public double HalfLearned(int mode)
    {
        IReadOnlyList<double> strength = Run.Trajectory[$"m{mode + 1}"];
        double half = Study.Targets[mode] / 2;
        for (int i = 1; i < strength.Count; i++)
        {
            if (strength[i] >= half)
                return Steps[i - 1] + (Steps[i] - Steps[i - 1]) * (half - strength[i - 1]) / (strength[i] - strength[i - 1]);
        }

        return double.NaN;
    }

    public override Findings Findings => new(
        [
            Table.Of("Modes", ["mode", "half learned at step", "theory"], Study.Targets, (_, d) => [$"{d + 1}", Whole(HalfLearned(d)),
                Whole(Study.HalfLearned(d))]),
        ],
        ["A mode of strength s waits about ln(s/m₀)/(4s)."],
        Json.Of(("modes", Json.Numbers(Study.Targets.Select((_, d) => HalfLearned(d))))));

    public override IReadOnlyList<Plot> Plots =>
    [
        OverSteps(
            ProductStudy.LossPlotId, "Loss", Axis.Logarithmic("loss"), "", Series.Measured("loss", Steps, Run.Trajectory["loss"])),
        OverSteps(
            "strengths", "Strengths", "m", "",
            Study.Targets.Select((_, d) => Series.Measured($"m{d + 1}", Steps, Run.Trajectory[$"m{d + 1}"]))),
    ];

    private protected override IReadOnlyList<Check> Checks =>
    [
        .. Study.Targets.Select((_, d) => Check.Relative(
            $"Mode {d + 1} is half learned when theory says", "Saxe et al. 2014, Eq. 9", HalfLearned(d), Study.HalfLearned(d), 0.02)),
    ];

    private static string Whole(double step) => step.ToString("F0", CultureInfo.InvariantCulture);
}
