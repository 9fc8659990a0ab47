using FsCheck;
using FsCheck.Fluent;

namespace Staircase.Tests.Dynamics;

/// <summary>The stability polynomial of the stabilized method, seen by taking one step on y′ = −y.</summary>
public class ChebyshevStabilityTests
{
    private const double Damping = 2.0 / 13;

    /// <summary>Rounding inside a step of s stages grows like s² (Sommeijer, Shampine, Verwer 1997, §3).</summary>
    private static double Rounding(int stages) => 10.0 * stages * stages * 2.2e-16;

    public static TheoryData<int> StageNumbers => [2, 3, 4, 5, 6, 7, 8, 11, 16, 33, 64, 101, 150, 200];

    [Theory]
    [MemberData(nameof(StageNumbers))]
    public void The_polynomial_is_damped_on_the_whole_interval_that_its_stages_claim(int stages)
    {
        double end = ClaimedInterval(stages);
        const int samples = 2000;
        for (int i = 1; i <= samples; i++)
        {
            // squared spacing: the polynomial oscillates fastest near zero
            double z = end * i / samples * i / samples;
            // An exact decay is below 1 − z/2 for z ≤ 1; beyond, damping ε leaves at most 1 − ε/3 ≈ 0.95.
            DynamicsAssert.AtMost(
                $"|R(−{z:G6})| with {stages} stages", 1 - Math.Min(z / 2, 0.04) + Rounding(stages), Math.Abs(Polynomial(z, stages)));
        }
    }

    [Theory]
    [MemberData(nameof(StageNumbers))]
    public void The_polynomial_is_the_shifted_Chebyshev_polynomial_of_the_paper(int stages)
    {
        // R(z) = 1 − b T(w₀) + b T(w₀ + w₁ z), b = T″/T′², w₁ = T′/T″ at w₀, in hyperbolic closed form.
        int s = stages;
        double w0 = 1 + Damping / (s * (double)s), θ = Math.Acosh(w0), sinh = Math.Sinh(θ);
        double T = Math.Cosh(s * θ), dT = s * Math.Sinh(s * θ) / sinh, ddT = (s * s * T - w0 * dT) / (sinh * sinh);
        double b = ddT / (dT * dT), w1 = dT / ddT;
        for (int i = 0; i <= 50; i++)
        {
            double z = ClaimedInterval(stages) * i / 50, w = w0 - w1 * z;
            double value = w >= 1 ? Math.Cosh(s * Math.Acosh(w)) : w >= -1 ? Math.Cos(s * Math.Acos(w)) : (s % 2 == 0 ? 1 : -1) * Math.Cosh(
                s * Math.Acosh(-w));
            DynamicsAssert.Near($"R(−{z:G6}) with {stages} stages", 1 - b * T + b * value, Polynomial(z, stages), 1e-9);
        }
    }

    [Theory]
    [MemberData(nameof(StageNumbers))]
    public void Beyond_the_interval_the_method_is_unstable(int stages)
    {
        double z = 1.5 * ClaimedInterval(stages);
        Assert.True(
            Math.Abs(Polynomial(z, stages)) > 1,
            $"|R(−{z:G6})| with {stages} stages: expected above 1, actual {Math.Abs(Polynomial(z, stages)):G6}");
    }

    [Fact]
    public void StagesFor_gives_the_fewest_stages_whose_interval_holds_the_step()
    {
        Gen<double> exponents = Gen.Choose(-3000, 5000).Select(i => i / 1000.0);
        Prop.ForAll(exponents.ToArbitrary(), exponents.ToArbitrary(), (a, b) =>
        {
            double ρ = Math.Pow(10, b), h = Math.Pow(10, a) / ρ;
            int stages = RungeKuttaChebyshev.StagesFor(h, ρ);
            double z = h * ρ, rounding = 1 + 1e-12;
            return (z <= ClaimedInterval(stages) * rounding && (stages == 2 || z * rounding >= ClaimedInterval(stages - 1)))
                .Label($"h ρ = {z:R}: {stages} stages claim {ClaimedInterval(stages):R}, one less {ClaimedInterval(stages - 1):R}");
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(1e-6)]
    [InlineData(0.37)]
    [InlineData(1)]
    [InlineData(4e4)]
    public void The_largest_step_is_stable_with_the_most_stages(double ρ)
    {
        double h = RungeKuttaChebyshev.LargestStep(ρ);
        int stages = RungeKuttaChebyshev.StagesFor(h, ρ);
        Assert.True(stages <= RungeKuttaChebyshev.MaximumStages);
        DynamicsAssert.AtMost($"h ρ at the largest step for ρ = {ρ}", ClaimedInterval(stages), h * ρ);
        Assert.True(h * ρ > ClaimedInterval(RungeKuttaChebyshev.MaximumStages - 2), $"the largest step h ρ = {h * ρ:G6} wastes stages");
    }

    /// <summary>
    /// The largest h ρ for which <see cref="RungeKuttaChebyshev.StagesFor"/> returns these stages: (s² − 1)/1.54, inside (2/3)(s² − 1)(1 −
    /// 2ε/15).
    /// </summary>
    private static double ClaimedInterval(int stages) => (stages * (double)stages - 1) / 1.54;

    private static double Polynomial(double z, int stages)
    {
        var field = new OdeProblem("decay", [1], 1, (y, dy) => dy[0] = -y[0], t => [Math.Exp(-t)]);
        double[] next = new double[1], nextDerivative = new double[1], error = new double[1];
        new RungeKuttaChebyshev(1).Step(field, [1.0], [-1.0], z, stages, next, nextDerivative, error);
        return next[0];
    }
}
