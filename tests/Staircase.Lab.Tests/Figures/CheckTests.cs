namespace Staircase.Lab.Tests;

public class CheckTests
{
    [Theory]
    [InlineData(1.25, 1, true)]
    [InlineData(1.2500001, 1, false)]
    [InlineData(-0.75, -1, true)]
    [InlineData(-0.7499999, -1, false)]
    [InlineData(0, 0, true)]
    [InlineData(1e-300, 0, false)]
    [InlineData(double.NaN, 1, false)]
    [InlineData(1, double.NaN, false)]
    [InlineData(1, double.PositiveInfinity, false)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity, false)]
    public void Relative_holds_within_its_part_of_the_expected_number_only(double measured, double expected, bool holds) =>
        Assert.Equal(holds, Check.Relative("claim", "source", measured, expected, 0.25).Passed);

    [Theory]
    [InlineData(2.25, 2, true)]
    [InlineData(1.75, 2, true)]
    [InlineData(2.2500001, 2, false)]
    [InlineData(1.7499999, 2, false)]
    [InlineData(double.NaN, 2, false)]
    [InlineData(2, double.NaN, false)]
    [InlineData(double.NegativeInfinity, double.NegativeInfinity, false)]
    public void Absolute_holds_within_its_tolerance_only(double measured, double expected, bool holds) =>
        Assert.Equal(holds, Check.Absolute("claim", "source", measured, expected, 0.25).Passed);

    [Theory]
    [InlineData(0.5, true)]
    [InlineData(-3, true)]
    [InlineData(0.50001, false)]
    [InlineData(double.NaN, false)]
    [InlineData(double.PositiveInfinity, false)]
    [InlineData(double.NegativeInfinity, false)]
    public void AtMost_holds_up_to_its_bound_only(double measured, bool holds) =>
        Assert.Equal(holds, Check.AtMost("claim", "source", measured, 0.5).Passed);

    [Theory]
    [InlineData(0.25, true)]
    [InlineData(double.NaN, false)]
    public void A_limit_that_is_not_a_number_holds_nothing(double limit, bool holds)
    {
        Assert.Equal(holds, Check.Relative("claim", "source", 1.25, 1, limit).Passed);
        Assert.Equal(holds, Check.Absolute("claim", "source", 1.25, 1, limit).Passed);
        Assert.Equal(holds, Check.AtMost("claim", "source", 0.25, limit).Passed);
    }

    [Theory]
    [InlineData("1 2", true)]
    [InlineData("1 2 ", false)]
    [InlineData("", false)]
    public void Same_holds_for_the_very_words_only(string measured, bool holds) =>
        Assert.Equal(holds, Check.Same("claim", "source", measured, "1 2").Passed);

    [Fact]
    public void What_holds_is_said_as_it_is_meant()
    {
        Assert.Equal("2 ± 0.1 %", Check.Relative("claim", "source", 1, 2, 1e-3).Expected);
        Assert.Equal("2 ± 1e-5", Check.Absolute("claim", "source", 1, 2, 1e-5).Expected);
        Assert.Equal("at most 0.02", Check.AtMost("claim", "source", 1, 0.02).Expected);
        Assert.Equal("1 2", Check.Same("claim", "source", "2 1", "1 2").Expected);
    }

    [Fact]
    public void A_check_holds_differs_for_a_reason_or_fails()
    {
        Check holds = Check.AtMost("claim", "source", 1, 1).Explained("no", 4);
        Check differs = Check.AtMost("claim", "source", 4, 1).Explained("physics", 4);
        Check fails = Check.AtMost("claim", "source", 4, 1);
        Assert.Equal(("holds", "differs", "FAILS"), (holds.Verdict, differs.Verdict, fails.Verdict));
        Assert.Equal((false, false, true), (holds.IsFailure, differs.IsFailure, fails.IsFailure));
        Assert.Null(holds.Reason);
        Assert.Equal("physics; this explains no more than 4", differs.Reason);
    }

    /// <summary>Deviations of 4 and a little more, against what a reason for 4 explains.</summary>
    [Theory]
    [InlineData(4, "differs")]
    [InlineData(4.0001, "FAILS")]
    [InlineData(double.NaN, "FAILS")]
    [InlineData(double.PositiveInfinity, "FAILS")]
    public void A_reason_explains_up_to_its_bound_only(double deviation, string verdict)
    {
        Assert.Equal(verdict, Check.AtMost("claim", "source", deviation, 1).Explained("physics", 4).Verdict);
        Assert.Equal(verdict, Check.Absolute("claim", "source", 10 - deviation, 10, 1).Explained("physics", 4).Verdict);
        Assert.Equal(verdict, Check.Relative("claim", "source", -2 - 2 * deviation, -2, 1).Explained("physics", 4).Verdict);
    }

    [Fact]
    public void Words_have_no_distance_that_a_reason_could_bound() =>
        Assert.True(Check.Same("claim", "source", "1", "2").Explained("physics", double.PositiveInfinity).IsFailure);

    [Theory]
    [InlineData(1.98e-6, "1.98e-6")]
    [InlineData(12345.678, "1.235e4")]
    [InlineData(0.25, "0.25")]
    [InlineData(-1e-9, "-1e-9")]
    [InlineData(double.NaN, "—")]
    [InlineData(double.PositiveInfinity, "∞")]
    public void Numbers_have_four_digits_and_plain_exponents(double value, string text) =>
        Assert.Equal(text, Check.AtMost("claim", "source", value, 1).Measured);
}
