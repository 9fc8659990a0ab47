namespace Staircase;

/// <summary>One result of the theory: what it says, where it comes from, when it holds.</summary>
/// <param name="Name">A short name, as <c>staircase cite NAME</c> takes it.</param>
/// <param name="Statement">What it says, in one or two sentences.</param>
/// <param name="Paper">Who found it.</param>
/// <param name="Where">Equation or section; for results of this project, what it extends.</param>
/// <param name="HoldsWhen">Its assumptions.</param>
/// <param name="NotModelled">What it leaves out.</param>
public sealed record Result(string Name, string Statement, Paper Paper, string Where, string HoldsWhen, string NotModelled)
{
    /// <summary>Every result of this library, by name.</summary>
    public static IReadOnlyList<Result> All { get; } = new[]
    {
        MergedPlateau.Result,
        MergedFixedPoints.Result,
        MergedCurve.Result,
        WhiteTimeCourse.Result,
        SeparateFixedPoints.Result,
        HeadRace.Result,
        HeadGrowth.Result,
        RankReduction.Result,
        MomentumDelay.Result,
        ConservationLaws.Result,
        Curvature.Result,
        ModeDynamics.Result,
        ModeGrowth.Result,
        FiniteContextFlow.Result,
        FiniteContextFixedPoint.Result,
        EscapeThreshold.Result,
        MatrixFlow.Result,
        GaussianTaskFlow.Result,
        ZeroBlocks.Result,
        DirichletPrediction.Result,
        FourierAddition.Result,
        MixtureStaircase.Result,
        LargeSteps.Result,
        SoftmaxReduction.Result,
        Hijack.Result,
        LinearSystems.Result,
        FiniteTaskSet.Result,
        SoftmaxTemporalDifference.Result,
    }.OrderBy(one => one.Name, StringComparer.Ordinal).ToArray();
}
