namespace Staircase.Kernels.Tests;

public class VectorKernelsTests
{
    public static TheoryData<int> Lengths => [.. Enumerable.Range(0, 258), 1000, 4099];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Dot_is_the_naive_sum(int length)
    {
        var random = new Random(length);
        var x = new PoisonedMatrix(random, 1, length, length);
        var y = new PoisonedMatrix(random, 1, length, length);
        double expected = 0;
        double magnitude = 0;
        for (int i = 0; i < length; i++)
        {
            expected += x[0, i] * y[0, i];
            magnitude += Math.Abs(x[0, i] * y[0, i]);
        }

        double actual = VectorKernels.Dot(x.Span, y.Span);

        NumericAssert.SumsAgree($"dot of {length}", expected, actual, length, magnitude);
        NumericAssert.SameBits($"dot of {length}, exchanged", actual, VectorKernels.Dot(y.Span, x.Span));
        x.AssertUnchanged("x of dot");
        y.AssertUnchanged("y of dot");
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void SumOfSquares_is_the_dot_of_a_vector_with_itself(int length)
    {
        var x = new PoisonedMatrix(new Random(length), 1, length, length);
        double expected = 0;
        foreach (double value in x.Span)
            expected += value * value;

        double actual = VectorKernels.SumOfSquares(x.Span);

        NumericAssert.SumsAgree($"sum of {length} squares", expected, actual, length, expected);
        NumericAssert.SameBits($"sum of {length} squares against dot", VectorKernels.Dot(x.Span, x.Span), actual);
        x.AssertUnchanged("x of sum of squares");
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void AddScaled_is_the_naive_update(int length)
    {
        const double scale = -0.7;
        var random = new Random(length);
        var x = new PoisonedMatrix(random, 1, length, length);
        var y = new PoisonedMatrix(random, 1, length, length);

        VectorKernels.AddScaled(scale, x.Span, y.Span);

        for (int i = 0; i < length; i++)
        {
            double old = y.Original(0, i);
            double added = scale * x[0, i];
            NumericAssert.SumsAgree($"y[{i}] of {length}", old + added, y[0, i], 2, Math.Abs(old) + Math.Abs(added));
        }

        x.AssertUnchanged("x of add scaled");
        y.AssertUnchangedExcept("y of add scaled", (_, _) => true);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Rotate_is_the_naive_turn(int length)
    {
        const double cosine = 0.8, sine = -0.6;
        var random = new Random(length);
        var x = new PoisonedMatrix(random, 1, length, length);
        var y = new PoisonedMatrix(random, 1, length, length);

        VectorKernels.Rotate(cosine, sine, x.Span, y.Span);

        for (int i = 0; i < length; i++)
        {
            double oldX = x.Original(0, i), oldY = y.Original(0, i), magnitude = Math.Abs(oldX) + Math.Abs(oldY);
            NumericAssert.SumsAgree($"x[{i}] of {length}", (cosine * oldX) - (sine * oldY), x[0, i], 2, magnitude);
            NumericAssert.SumsAgree($"y[{i}] of {length}", (sine * oldX) + (cosine * oldY), y[0, i], 2, magnitude);
        }

        x.AssertUnchangedExcept("x of rotate", (_, _) => true);
        y.AssertUnchangedExcept("y of rotate", (_, _) => true);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(64)]
    [InlineData(67)]
    public void AddScaled_may_work_in_place(int length)
    {
        var x = new PoisonedMatrix(new Random(length), 1, length, length);

        VectorKernels.AddScaled(1, x.Span, x.Span);

        for (int i = 0; i < length; i++)
            NumericAssert.SameBits($"x[{i}] of {length}", 2 * x.Original(0, i), x[0, i]);
    }

    [Fact]
    public void NaN_anywhere_reaches_the_sum()
    {
        for (int length = 1; length < 70; length++)
        {
            for (int i = 0; i < length; i++)
            {
                double[] x = new double[length];
                x[i] = double.NaN;
                Assert.True(double.IsNaN(VectorKernels.SumOfSquares(x)), $"sum of {length} squares with NaN at {i}: expected NaN");
            }
        }
    }

    [Fact]
    public void Different_lengths_are_refused_with_both_named()
    {
        string dot = Assert.Throws<ArgumentException>(() => VectorKernels.Dot(new double[3], new double[4])).Message;
        string rotate = Assert.Throws<ArgumentException>(() => VectorKernels.Rotate(1, 0, new double[3], new double[4])).Message;
        string add = Assert.Throws<ArgumentException>(() => VectorKernels.AddScaled(1, new double[3], new double[4])).Message;

        Assert.Equal("The vectors must have the same length, but x has 3 and y has 4 elements.", dot);
        Assert.Equal(dot, add);
        Assert.Equal(dot, rotate);
    }
}
