namespace Staircase.Tests;

/// <summary>The elementary solution of v̇ = b v² − α v⁵ beside the same equation integrated step by step.</summary>
public class HeadGrowthTests
{
    private const double Integration = 1e-8; // fourth-order steps of 1/500 of the natural unit, checked to be below that

    public static TheoryData<double, double> Cases => new() { { 0.16, 0.08 }, { 0.01, 0.0014 }, { 3, 40 }, { 1e-4, 2e-6 } };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Times_and_values_agree_with_the_integrated_equation(double b, double α)
    {
        var growth = new HeadGrowth(b, α);
        double full = Math.Cbrt(b / α);
        Expect.Relative("full value (b/α)^{1/3}", full, growth.FullValue, 1e-14);
        double from = 0.03 * full;
        foreach (double unit in (double[])[1, 10, 30, 33, 34, 35, 40])
        {
            double time = unit / (b * full);
            double v = Integrate(b, α, from, time).Value;
            Expect.Relative($"b {b}, α {α}: v after {unit} units", v, growth.ValueAfter(from, time), Integration);
            // Near saturation v forgets the time: dt = dv/(3 b v (full − v)), so the time is known as well as v only below it.
            if (v < 0.9 * full)
                Expect.Relative($"b {b}, α {α}: time to {v / full:F3} of full", time, growth.TimeBetween(from, v), Integration);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Value_and_time_are_inverse(double b, double α)
    {
        const double rounding = 1e-11; // of the whole time, which is a sum of terms that cancel
        var growth = new HeadGrowth(b, α);
        double from = 1e-3 * growth.FullValue;
        foreach (double share in (double[])[1e-3, 2e-3, 0.1, 0.5, 0.9, 0.999])
        {
            double to = share * growth.FullValue, time = growth.TimeBetween(from, to);
            Expect.Relative(
                $"b {b}: time to {share} of full", time, growth.TimeBetween(from, growth.ValueAfter(from, time)), rounding,
                1e3 / (b * growth.FullValue));
            Expect.Relative($"b {b}: value back", to, growth.ValueAfter(from, time), 1e-9);
        }

        Assert.Equal(from, growth.ValueAfter(from, 0));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Time_from_escape_counts_from_where_growth_without_saturation_ends(double b, double α)
    {
        // Series: dt = dv/(b v²) (1 + c v³ + …), c = α/b, so b t = −1/v + c v²/2 + c² v⁵/5 + …
        var growth = new HeadGrowth(b, α);
        double c = α / b;
        foreach (double share in (double[])[0.003, 0.01, 0.03])
        {
            double v = share * growth.FullValue;
            Expect.Relative(
                $"b {b}: t − t_escape at {share} of full", (-1 / v + c * v * v / 2 + c * c * Math.Pow(v, 5) / 5) / b,
                growth.TimeFromEscape(v), 1e-11);
        }

        double low = 0.01 * growth.FullValue, high = 0.7 * growth.FullValue;
        Expect.Relative(
            "difference of two times", growth.TimeBetween(low, high), growth.TimeFromEscape(high) - growth.TimeFromEscape(low), 1e-12);
    }

    [Fact]
    public void Escape_takes_about_one_over_drive_and_start()
    {
        // Z §4: ≈ τ/(λ² v₀); the remainder is one drop's width, 1/(λ² v_full) times a constant of order one.
        var growth = new HeadGrowth(0.16, 0.08);
        double v0 = 1e-4;
        Expect.Relative("time to half of full", 1 / (0.16 * v0), growth.TimeBetween(v0, 0.5 * growth.FullValue), 4 * v0 / growth.FullValue);
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(-0.1, 0.5)]
    [InlineData(0.5, 0.4)]
    [InlineData(0.5, 1)]
    [InlineData(0.5, 2)]
    [InlineData(double.NaN, 0.5)]
    [InlineData(0.5, double.NaN)]
    public void Times_outside_the_growth_are_refused(double from, double to)
    {
        var growth = new HeadGrowth(1, 1);
        ArgumentException error = Assert.Throws<ArgumentException>(() => growth.TimeBetween(from, to));
        Assert.Contains(from.ToString("R"), error.Message, StringComparison.Ordinal);
    }

    private readonly record struct Growth(double Value, double Clock, double Drive);

    /// <summary>Classical Runge–Kutta in (ln v, ∫ v dt, ∫ (b − α v³) dt).</summary>
    private static Growth Integrate(double b, double α, double from, double time, double stepUnits = 0.002)
    {
        double unit = 1 / (b * Math.Cbrt(b / α));
        int steps = (int)Math.Ceiling(time / (stepUnits * unit));
        double h = time / steps, z = Math.Log(from), clock = 0, drive = 0;
        for (int i = 0; i < steps; i++)
        {
            (double z1, double c1, double d1) = Rate(z);
            (double z2, double c2, double d2) = Rate(z + h / 2 * z1);
            (double z3, double c3, double d3) = Rate(z + h / 2 * z2);
            (double z4, double c4, double d4) = Rate(z + h * z3);
            z += h / 6 * (z1 + 2 * z2 + 2 * z3 + z4);
            clock += h / 6 * (c1 + 2 * c2 + 2 * c3 + c4);
            drive += h / 6 * (d1 + 2 * d2 + 2 * d3 + d4);
        }

        return new(Math.Exp(z), clock, drive);

        (double, double, double) Rate(double at)
        {
            double v = Math.Exp(at), g = b - α * v * v * v;
            return (v * g, v, g);
        }
    }
}
