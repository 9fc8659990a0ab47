namespace Staircase.Lab.Tests;

public class CheckTests
{
    [Theory]
    [InlineData(1.009, 1, true)]
    [InlineData(1.011, 1, false)]
    [InlineData(-0.991, -1, true)]
    [InlineData(double.NaN, 1, false)]
    public void Relative_holds_within_its_tolerance_only(double measured, double predicted, bool holds)
    {
        var check = Check.Relative("claim", "source", measured, predicted, 0.01);
        Assert.Equal(holds, check.Passed);
        Assert.Equal("± 1 %", check.Tolerance);
    }

    [Theory]
    [InlineData(0.5, true)]
    [InlineData(0.50001, false)]
    [InlineData(double.NaN, false)]
    [InlineData(double.PositiveInfinity, false)]
    public void AtMost_holds_up_to_its_bound_only(double measured, bool holds) => Assert.Equal(holds, Check.AtMost("claim", "source", measured, 0.5).Passed);

    [Theory]
    [InlineData(2.1, true)]
    [InlineData(2.11, false)]
    public void Absolute_holds_within_its_tolerance_only(double measured, bool holds) => Assert.Equal(holds, Check.Absolute("claim", "source", measured, 2, 0.1000001).Passed);

    [Fact]
    public void A_claim_that_holds_needs_no_explanation_and_one_that_does_not_can_have_one()
    {
        Check holds = Check.Same("claim", "source", "1 2", "1 2").Explained("no"), differs = Check.Same("claim", "source", "1", "2").Explained("physics"), fails = Check.Same("claim", "source", "1", "2");
        Assert.Equal(("holds", "differs", "FAILS"), (holds.Verdict, differs.Verdict, fails.Verdict));
        Assert.Equal((false, false, true), (holds.IsFailure, differs.IsFailure, fails.IsFailure));
        Assert.Null(holds.Reason);
        Assert.Equal("physics", differs.Reason);
    }

    [Theory]
    [InlineData(1.98e-6, "1.98e-6")]
    [InlineData(12345.678, "1.235e4")]
    [InlineData(0.25, "0.25")]
    public void Numbers_have_four_digits_and_plain_exponents(double value, string text) => Assert.Equal(text, Check.AtMost("claim", "source", value, 1).Measured);
}
