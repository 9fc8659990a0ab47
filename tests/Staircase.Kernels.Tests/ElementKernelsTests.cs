namespace Staircase.Kernels.Tests;

public class ElementKernelsTests
{
    public static TheoryData<int> Lengths => [.. Enumerable.Range(0, 258), 1000, 4099];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Scale_is_the_product_element_by_element(int length)
    {
        const double scale = -0.7;
        var random = new Random(length);
        var x = new PoisonedMatrix(random, 1, length, length);
        var destination = new PoisonedMatrix(random, 1, length, length);

        ElementKernels.Scale(scale, x.Span, destination.Span);

        for (int i = 0; i < length; i++)
            NumericAssert.SameBits($"destination[{i}] of {length}", x.Original(0, i) * scale, destination[0, i]);
        x.AssertUnchanged("x of scale");
        destination.AssertUnchangedExcept("destination of scale", (_, _) => true);

        ElementKernels.Scale(scale, x.Span, x.Span);

        for (int i = 0; i < length; i++)
            NumericAssert.SameBits($"x[{i}] of {length}, in place", x.Original(0, i) * scale, x[0, i]);
        x.AssertUnchangedExcept("x of scale in place", (_, _) => true);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Multiply_is_the_product_element_by_element(int length)
    {
        var random = new Random(length);
        var x = new PoisonedMatrix(random, 1, length, length);
        var y = new PoisonedMatrix(random, 1, length, length);
        var destination = new PoisonedMatrix(random, 1, length, length);

        ElementKernels.Multiply(x.Span, y.Span, destination.Span);

        for (int i = 0; i < length; i++)
            NumericAssert.SameBits($"destination[{i}] of {length}", x.Original(0, i) * y.Original(0, i), destination[0, i]);
        x.AssertUnchanged("x of multiply");
        y.AssertUnchanged("y of multiply");
        destination.AssertUnchangedExcept("destination of multiply", (_, _) => true);

        ElementKernels.Multiply(x.Span, y.Span, y.Span);

        for (int i = 0; i < length; i++)
            NumericAssert.SameBits($"y[{i}] of {length}, in place", x.Original(0, i) * y.Original(0, i), y[0, i]);
        y.AssertUnchangedExcept("y of multiply in place", (_, _) => true);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void ScaledMaximum_is_the_naive_maximum(int length)
    {
        const double absolute = 1e-3, relative = 0.4;
        var random = new Random(length);
        var error = new PoisonedMatrix(random, 1, length, length);
        var x = new PoisonedMatrix(random, 1, length, length);
        var y = new PoisonedMatrix(random, 1, length, length);
        double expected = 0;
        for (int i = 0; i < length; i++)
        {
            double size = Math.Max(Math.Abs(x[0, i]), Math.Abs(y[0, i])); // both signs and both orders occur
            expected = Math.Max(expected, Math.Abs(error[0, i]) / (absolute + relative * size));
        }

        double actual = ElementKernels.ScaledMaximum(error.Span, x.Span, y.Span, absolute, relative);

        // Both divide the same rounded numbers; only a fused multiply-add in the denominator may differ, by one rounding.
        NumericAssert.SumsAgree($"scaled maximum of {length}", expected, actual, 4, expected);
        error.AssertUnchanged("error of scaled maximum");
        x.AssertUnchanged("x of scaled maximum");
        y.AssertUnchanged("y of scaled maximum");
    }

    [Fact]
    public void NaN_anywhere_reaches_the_result()
    {
        for (int length = 1; length < 40; length++)
        {
            for (int i = 0; i < length; i++)
            {
                double[] spoiled = new double[length], clean = new double[length], destination = new double[length];
                Array.Fill(clean, 1.0);
                spoiled[i] = double.NaN;
                string what = $"NaN at {i} of {length}";
                Assert.True(double.IsNaN(ElementKernels.ScaledMaximum(spoiled, clean, clean, 1, 1)), $"{what} of the error: expected NaN");
                Assert.True(double.IsNaN(ElementKernels.ScaledMaximum(clean, spoiled, clean, 1, 1)), $"{what} of x: expected NaN");
                Assert.True(double.IsNaN(ElementKernels.ScaledMaximum(clean, clean, spoiled, 1, 1)), $"{what} of y: expected NaN");
                ElementKernels.Scale(0, spoiled, destination);
                Assert.True(double.IsNaN(destination[i]), $"{what}, scaled by 0: expected NaN");
                ElementKernels.Multiply(clean, spoiled, destination);
                Assert.Equal(1, destination.Count(double.IsNaN));
            }
        }
    }

    [Fact]
    public void Different_lengths_are_refused_with_both_named()
    {
        double[] three = new double[3], four = new double[4];
        Action[] calls =
        [
            () => ElementKernels.Scale(1, three, four),
            () => ElementKernels.Multiply(three, four, three),
            () => ElementKernels.Multiply(three, three, four),
            () => ElementKernels.ScaledMaximum(three, four, three, 1, 1),
            () => ElementKernels.ScaledMaximum(three, three, four, 1, 1),
        ];

        foreach (Action call in calls)
            Assert.Equal("The vectors must have the same length, but x has 3 and y has 4 elements.", Assert.Throws<ArgumentException>(call).Message);
    }
}
