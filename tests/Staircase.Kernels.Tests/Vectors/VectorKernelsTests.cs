using System.Numerics;

namespace Staircase.Kernels.Tests;

public class VectorKernelsTests
{
    [Fact]
    public void Dot_is_the_naive_sum()
    {
        foreach (int length in Every.Length)
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

            NumericAssert.SumsAgree($"Dot of {length}", expected, actual, length, magnitude);
            NumericAssert.SameBits($"Dot of {length}, exchanged", actual, VectorKernels.Dot(y.Span, x.Span));
            x.AssertUnchanged($"x of Dot of {length}");
            y.AssertUnchanged($"y of Dot of {length}");
        }
    }

    [Fact]
    public void SumOfSquares_is_the_dot_of_a_vector_with_itself()
    {
        foreach (int length in Every.Length)
        {
            var x = new PoisonedMatrix(new Random(length), 1, length, length);
            double expected = 0;
            foreach (double value in x.Span)
                expected += value * value;

            double actual = VectorKernels.SumOfSquares(x.Span);

            NumericAssert.SumsAgree($"SumOfSquares of {length}", expected, actual, length, expected);
            NumericAssert.SameBits($"SumOfSquares of {length} against dot", VectorKernels.Dot(x.Span, x.Span), actual);
            x.AssertUnchanged($"x of SumOfSquares of {length}");
        }
    }

    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    public void AddScaled_and_Scale_are_the_naive_ones(int bits)
    {
        foreach (int length in Every.Length)
        {
            if (bits == 32)
                Check<float>(length);
            else
                Check<double>(length);
        }

        static void Check<T>(int length)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            T scale = T.CreateTruncating(-0.7);
            var random = new Random(length);
            PoisonedMatrix<T> x = new(random, 1, length, length), y = new(random, 1, length, length), z = new(random, 1, length, length);

            VectorKernels.AddScaled(scale, x.Span, y.Span);
            VectorKernels.Scale(scale, x.Span, z.Span);

            for (int i = 0; i < length; i++)
            {
                double old = double.CreateTruncating(y.Original(0, i));
                double added = double.CreateTruncating(scale) * double.CreateTruncating(x[0, i]);
                NumericAssert.SumsAgree($"AddScaled of {length}, y[{i}]", old + added, y[0, i], 2, Math.Abs(old) + Math.Abs(added));
                NumericAssert.SameBits($"Scale of {length}, element {i}", x[0, i] * scale, z[0, i]);
            }

            x.AssertUnchanged($"x of AddScaled and Scale of {length}");
            y.AssertUnchangedExcept($"y of AddScaled of {length}", (_, _) => true);
            z.AssertUnchangedExcept($"y of Scale of {length}", (_, _) => true);

            VectorKernels.Scale(scale, x.Span, x.Span);

            for (int i = 0; i < length; i++)
                NumericAssert.SameBits($"Scale of {length} in place, element {i}", x.Original(0, i) * scale, x[0, i]);
            x.AssertUnchangedExcept($"x of Scale of {length} in place", (_, _) => true);
        }
    }

    [Fact]
    public void SumOfSquares_of_single_precision_is_summed_in_double()
    {
        foreach (int length in Every.Length)
        {
            var x = new PoisonedMatrix<float>(new Random(length), 1, length, length);
            double squares = 0;
            foreach (float value in x.Span)
                squares += (double)value * value;

            NumericAssert.SumsAgree($"SumOfSquares of {length} floats", squares, VectorKernels.SumOfSquares(x.Span), length, squares);
            x.AssertUnchanged($"x of SumOfSquares of {length} floats");
        }
    }

    [Fact]
    public void Multiply_is_the_product_element_by_element()
    {
        foreach (int length in Every.Length)
        {
            var random = new Random(length);
            var x = new PoisonedMatrix(random, 1, length, length);
            var y = new PoisonedMatrix(random, 1, length, length);
            var destination = new PoisonedMatrix(random, 1, length, length);

            VectorKernels.Multiply(x.Span, y.Span, destination.Span);

            for (int i = 0; i < length; i++)
                NumericAssert.SameBits($"Multiply of {length}, element {i}", x.Original(0, i) * y.Original(0, i), destination[0, i]);
            x.AssertUnchanged($"x of Multiply of {length}");
            y.AssertUnchanged($"y of Multiply of {length}");
            destination.AssertUnchangedExcept($"destination of Multiply of {length}", (_, _) => true);

            VectorKernels.Multiply(x.Span, y.Span, y.Span);

            for (int i = 0; i < length; i++)
                NumericAssert.SameBits($"Multiply of {length} in place, element {i}", x.Original(0, i) * y.Original(0, i), y[0, i]);
            y.AssertUnchangedExcept($"y of Multiply in place of {length}", (_, _) => true);
        }
    }

    [Fact]
    public void ScaledMaximum_is_the_naive_maximum()
    {
        foreach (int length in Every.Length)
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

            double actual = VectorKernels.ScaledMaximum(error.Span, x.Span, y.Span, absolute, relative);

            // Both divide the same rounded numbers; only a fused multiply-add in the denominator may differ, by one rounding.
            NumericAssert.SumsAgree($"ScaledMaximum of {length}", expected, actual, 4, expected);
            error.AssertUnchanged($"error of ScaledMaximum of {length}");
            x.AssertUnchanged($"x of ScaledMaximum of {length}");
            y.AssertUnchanged($"y of ScaledMaximum of {length}");
        }
    }

    [Fact]
    public void Rotate_is_the_naive_turn()
    {
        foreach (int length in Every.Length)
        {
            const double cosine = 0.8, sine = -0.6;
            var random = new Random(length);
            var x = new PoisonedMatrix(random, 1, length, length);
            var y = new PoisonedMatrix(random, 1, length, length);

            VectorKernels.Rotate(cosine, sine, x.Span, y.Span);

            for (int i = 0; i < length; i++)
            {
                double oldX = x.Original(0, i), oldY = y.Original(0, i), magnitude = Math.Abs(oldX) + Math.Abs(oldY);
                NumericAssert.SumsAgree($"Rotate of {length}, x[{i}]", (cosine * oldX) - (sine * oldY), x[0, i], 2, magnitude);
                NumericAssert.SumsAgree($"Rotate of {length}, y[{i}]", (sine * oldX) + (cosine * oldY), y[0, i], 2, magnitude);
            }

            x.AssertUnchangedExcept($"x of Rotate of {length}", (_, _) => true);
            y.AssertUnchangedExcept($"y of Rotate of {length}", (_, _) => true);
        }
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
            NumericAssert.SameBits($"AddScaled of {length} in place, x[{i}]", 2 * x.Original(0, i), x[0, i]);
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
                Assert.True(double.IsNaN(VectorKernels.SumOfSquares(x)), $"SumOfSquares of {length} with NaN at {i}: expected NaN");
            }
        }
    }

    [Fact]
    public void NaN_anywhere_reaches_the_element_or_the_maximum()
    {
        for (int length = 1; length < 40; length++)
        {
            for (int i = 0; i < length; i++)
            {
                double[] spoiled = new double[length], clean = new double[length], destination = new double[length];
                Array.Fill(clean, 1.0);
                spoiled[i] = double.NaN;
                string what = $"NaN at {i} of {length}";
                Assert.True(double.IsNaN(VectorKernels.ScaledMaximum(spoiled, clean, clean, 1, 1)), $"{what} of the error: expected NaN");
                Assert.True(double.IsNaN(VectorKernels.ScaledMaximum(clean, spoiled, clean, 1, 1)), $"{what} of x: expected NaN");
                Assert.True(double.IsNaN(VectorKernels.ScaledMaximum(clean, clean, spoiled, 1, 1)), $"{what} of y: expected NaN");
                VectorKernels.Scale(0, spoiled, destination);
                Assert.True(double.IsNaN(destination[i]), $"{what}, scaled by 0: expected NaN");
                VectorKernels.Multiply(clean, spoiled, destination);
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
            () => VectorKernels.Dot(three, four),
            () => VectorKernels.Rotate(1, 0, three, four),
            () => VectorKernels.AddScaled(1, three, four),
            () => VectorKernels.Scale(1, three, four),
            () => VectorKernels.Multiply(three, four, three),
            () => VectorKernels.Multiply(three, three, four),
            () => VectorKernels.ScaledMaximum(three, four, three, 1, 1),
            () => VectorKernels.ScaledMaximum(three, three, four, 1, 1),
        ];

        foreach (Action call in calls)
        {
            string message = Assert.Throws<ArgumentException>(call).Message;
            Assert.Equal("The vectors must have the same length, but x has 3 and y has 4 elements.", message);
        }
    }
}
