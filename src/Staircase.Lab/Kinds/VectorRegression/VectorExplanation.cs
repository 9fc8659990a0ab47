namespace Staircase.Lab;

/// <summary>A run on vector-valued tasks in sentences: when each mode is learned, and what sets its time and its strength.</summary>
internal static class VectorExplanation
{
    /// <summary>The sentences.</summary>
    public static IReadOnlyList<string> Of(VectorFindings run) =>
        [.. Range(0, run.Study.Task.InputDimension).Select(mode => Mode(run, mode)), .. run.Findings.Sentences];

    private static string Mode(VectorFindings run, int mode)
    {
        VectorStudy study = run.Study;
        double end = run.Simulation.Mean[^1][mode + 1], s = study.Task.InputEigenvalues[mode];
        double half = run.Simulation.TimeAt(mode + 1, (study.Stable?.Strengths[mode] ?? end) / 2);
        string measured = double.IsNaN(half)
            ? $"has a strength of {Number(end)} in the end, less than half of what it could have"
            : $"has half of its strength at {Position(half)} and {Number(end)} in the end";
        string why = study.Modes?.Modes[mode] is not { } growth ? ""
            : $": small modes grow like e^(2t/τ) with τ = 1/(ηP m s²) = {Number(growth.TimeConstant)} epochs, so that this one, begun at "
                + $"{Number(growth.Strength(0), 2)}, has half of its strength at {Position(growth.HalfTime)} in closed form";
        string full = study.Stable is not { } stable ? ""
            : $"; at N = {study.Task.ContextLength} it ends at {Number(stable.Strengths[mode])} by the exact flow";
        string verdict = study.Verdicts?[mode] is { IsLearned: false } lost
            ? $". It is {(lost.Escapes ? "pushed out by later modes" : "never learned")}: m s = {Number(lost.Drive)} is below the bound "
                + $"{Number(lost.Escapes ? lost.ThresholdInTheEnd : lost.ThresholdThen)} that a context of {study.Task.ContextLength} sets"
            : "";
        return $"Mode {mode + 1} (eigenvalue {Number(s)}) {measured}{why}{full}{verdict}.";
    }
}
