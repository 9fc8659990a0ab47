namespace Staircase.Tests;

public class SpectrumTests
{
    /// <summary>A division and a sum of at most 64 numbers.</summary>
    private const double Rounding = 1e-14;

    [Theory]
    [InlineData("linear", 4, new[] { 0.4, 0.3, 0.2, 0.1 })]
    [InlineData("white", 5, new[] { 0.2, 0.2, 0.2, 0.2, 0.2 })]
    [InlineData("power:1", 3, new[] { 6.0 / 11, 3.0 / 11, 2.0 / 11 })]
    [InlineData("power:-1", 3, new[] { 0.5, 2.0 / 6, 1.0 / 6 })]
    [InlineData("power:0", 2, new[] { 0.5, 0.5 })]
    [InlineData("geometric:0.5", 3, new[] { 4.0 / 7, 2.0 / 7, 1.0 / 7 })]
    [InlineData("geometric:1", 2, new[] { 0.5, 0.5 })]
    [InlineData("linear", 1, new[] { 1.0 })]
    [InlineData("1.7,1.4,1.1,1.0", 4, new[] { 1.7, 1.4, 1.1, 1.0 })]
    [InlineData("0.25, 4 ,1e0", null, new[] { 4, 1, 0.25 })]
    [InlineData("2", null, new[] { 2.0 })]
    public void Every_form_is_read(string text, int? dimension, double[] expected)
    {
        Spectrum spectrum = Spectrum.Parse(text, dimension);

        Expect.Relative(text, expected, spectrum.Eigenvalues, Rounding);
        Assert.Equal(expected.Length, spectrum.Dimension);
        Expect.Relative($"trace of {text}", expected.Sum(), spectrum.Trace, Rounding);
    }

    [Theory]
    [InlineData("linaer", 4,
        "Spectrum 'linaer' is not linear, white, power:A, geometric:R or a list of numbers ('linaer' is not a number).")]
    [InlineData("Linear", 4,
        "Spectrum 'Linear' is not linear, white, power:A, geometric:R or a list of numbers ('Linear' is not a number).")]
    [InlineData("1,x,2", 3, "Spectrum '1,x,2' is not linear, white, power:A, geometric:R or a list of numbers ('x' is not a number).")]
    [InlineData("1,,2", 3, "Spectrum '1,,2' is not linear, white, power:A, geometric:R or a list of numbers ('' is not a number).")]
    [InlineData("", 3, "Spectrum '' is not linear, white, power:A, geometric:R or a list of numbers ('' is not a number).")]
    [InlineData("1,2", 3, "The spectrum lists 2 eigenvalues but the dimension (--dim) is 3.")]
    [InlineData("1,-2", 2, "Eigenvalues must be positive and finite; '1,-2' has -2.")]
    [InlineData("1,0", 2, "Eigenvalues must be positive and finite; '1,0' has 0.")]
    [InlineData("1,NaN", 2, "Eigenvalues must be positive and finite; '1,NaN' has NaN.")]
    [InlineData("1,1e999", 2, "Eigenvalues must be positive and finite; '1,Infinity' has Infinity.")]
    [InlineData("linear", null, "Spectrum 'linear' needs a dimension (--dim).")]
    [InlineData("linear", 0, "The dimension must be at least 1, not 0.")]
    [InlineData("white", -3, "The dimension must be at least 1, not -3.")]
    [InlineData("linear:2", 3, "Spectrum 'linear' takes no number, found 'linear:2'.")]
    [InlineData("power", 3, "Spectrum 'power' needs an exponent, as in power:1.5; found 'power'.")]
    [InlineData("power:", 3, "Spectrum 'power' needs an exponent, as in power:1.5; found 'power:'.")]
    [InlineData("power:1:2", 3, "Spectrum 'power' needs an exponent, as in power:1.5; found 'power:1:2'.")]
    [InlineData("power:NaN", 3, "Eigenvalues must be positive and finite; 'power:NaN' has NaN.")]
    [InlineData("power:1000", 3, "Eigenvalues must be positive and finite; 'power:1000' has 0.")]
    [InlineData("geometric", 3, "Spectrum 'geometric' needs a ratio in (0, 1], as in geometric:0.5; found 'geometric'.")]
    [InlineData("geometric:0", 3, "Spectrum 'geometric' needs a ratio in (0, 1], as in geometric:0.5; found 'geometric:0'.")]
    [InlineData("geometric:1.5", 3, "Spectrum 'geometric' needs a ratio in (0, 1], as in geometric:0.5; found 'geometric:1.5'.")]
    public void What_is_no_spectrum_is_refused_in_one_line(string text, int? dimension, string expected)
    {
        string message = Assert.Throws<ArgumentException>(() => Spectrum.Parse(text, dimension)).Message;

        Assert.Equal(expected, message);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_trace_must_be_positive_and_finite(double trace)
    {
        string message = Assert.Throws<ArgumentException>(() => Spectrum.Linear(3).WithTrace(trace)).Message;

        Assert.Equal($"The trace must be positive and finite, not {trace:R}.", message);
    }

    [Theory]
    [InlineData("linear", 64)]
    [InlineData("power:2", 64)]
    [InlineData("geometric:0.9", 64)]
    [InlineData("white", 3)]
    public void Eigenvalues_descend_and_sum_to_the_trace(string text, int dimension)
    {
        Spectrum spectrum = Spectrum.Parse(text, dimension), scaled = spectrum.WithTrace(dimension);

        double[] λ = spectrum.Eigenvalues.ToArray();
        Assert.Equal(λ.OrderDescending(), λ);
        Expect.Relative($"trace of {text}", 1, spectrum.Trace, Rounding);
        Expect.Relative($"trace of {text}, scaled", dimension, scaled.Trace, Rounding);
        Expect.Relative("scaled eigenvalues", [.. λ.Select(x => x * dimension)], scaled.Eigenvalues, Rounding);
        Assert.Equal(text, spectrum.Name);
        Expect.Relative("eigenvalues of the spectrum's name", λ, Spectrum.Parse(spectrum.Name, dimension).Eigenvalues, Rounding);
    }
}
