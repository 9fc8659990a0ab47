namespace Staircase.Kernels.Tests;

public class LinearCombinationTests
{
    private const double A = 1.3, B = -0.4, C = 0.25, D = -2.1, E = 0.7;

    [Fact]
    public void The_sum_is_the_naive_one()
    {
        foreach (int length in Every.Length)
        {
            PoisonedMatrix[] sources = Sources(length);
            var destination = new PoisonedMatrix(new Random(-length), 1, length, length);

            Combine(sources, destination.Span);

            for (int i = 0; i < length; i++)
                AssertElement($"LinearCombination of {length}, element {i}", sources, i, destination[0, i]);
            foreach (PoisonedMatrix source in sources)
                source.AssertUnchanged($"a source of a LinearCombination of {length}");
            destination.AssertUnchangedExcept($"destination of a LinearCombination of {length}", (_, _) => true);
        }
    }

    [Fact]
    public void The_destination_may_be_any_source()
    {
        foreach (int length in Every.Length)
        {
            var separate = new double[length];
            Combine(Sources(length), separate);
            for (int place = 0; place < 5; place++)
            {
                PoisonedMatrix[] sources = Sources(length);

                Combine(sources, sources[place].Span);

                string what = $"LinearCombination of {length} in place of source {place}";
                NumericAssert.SameBits<double>(what, separate, sources[place].Span);
                for (int other = 0; other < 5; other++)
                    sources[other].AssertUnchangedExcept($"source {other} of {what}", (_, _) => other == place);
            }
        }
    }

    [Fact]
    public void Adding_rows_at_once_has_the_bits_of_adding_one_after_another()
    {
        double[] factors = [A, 0, C, D];
        foreach (int length in Every.Length)
        {
            var random = new Random(length);
            var vectors = new PoisonedMatrix(random, factors.Length, length, length);
            PoisonedMatrix start = new(random, 1, length, length), sum = new(random, 1, length, length);
            double[] expected = start.Span.ToArray();
            for (int j = 0; j < factors.Length; j++)
            {
                if (factors[j] != 0)
                    VectorKernels.AddScaled(factors[j], vectors.Span.Slice(j * length, length), expected);
            }

            LinearCombination.Add(start.Span, factors, vectors.Span, sum.Span);

            string what = $"{factors.Length} rows of {length} added";
            NumericAssert.SameBits<double>(what, expected, sum.Span);
            start.AssertUnchanged($"start of {what}");
            vectors.AssertUnchanged($"vectors of {what}");
            LinearCombination.Add(start.Span, factors, vectors.Span, start.Span);
            NumericAssert.SameBits<double>($"{what} in place", expected, start.Span);
        }

        Assert.Throws<ArgumentException>(() => LinearCombination.Add(new double[2], factors, new double[7], new double[2]));
    }

    /// <summary>Elements must not depend on where they fall: in a vector or in the remainder.</summary>
    [Fact]
    public void An_element_has_the_same_bits_wherever_it_falls()
    {
        PoisonedMatrix[] sources = Sources(40);
        var whole = new double[40];
        Combine(sources, whole);
        for (int i = 0; i < 40; i++)
        {
            var alone = new double[1];
            LinearCombination.Of(A, sources[0].Span.Slice(i, 1), B, sources[1].Span.Slice(i, 1), C, sources[2].Span.Slice(i, 1),
                D, sources[3].Span.Slice(i, 1), E, sources[4].Span.Slice(i, 1), alone);
            NumericAssert.SameBits($"LinearCombination, element {i} alone", whole[i], alone[0]);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Different_lengths_are_refused_with_all_named(int wrong)
    {
        double[][] sources = [.. Enumerable.Range(0, 5).Select(i => new double[i == wrong ? 4 : 3])];

        string message = Assert.Throws<ArgumentException>(
            () => LinearCombination.Of(1, sources[0], 1, sources[1], 1, sources[2], 1, sources[3], 1, sources[4], new double[3])).Message;

        string found = string.Join(", ", sources[..4].Select(source => source.Length));
        Assert.Equal($"All vectors must have the length of the destination, 3; found {found} and {sources[4].Length}.", message);
    }

    private static PoisonedMatrix[] Sources(int length) =>
        [.. Enumerable.Range(0, 5).Select(seed => new PoisonedMatrix(new Random(seed), 1, length, length))];

    private static void Combine(PoisonedMatrix[] sources, Span<double> destination) =>
        LinearCombination.Of(
            A, sources[0].Span, B, sources[1].Span, C, sources[2].Span, D, sources[3].Span, E, sources[4].Span, destination);

    private static void AssertElement(string what, PoisonedMatrix[] sources, int i, double actual)
    {
        double[] coefficients = [A, B, C, D, E];
        double sum = 0, magnitude = 0;
        for (int k = 0; k < 5; k++)
        {
            sum += coefficients[k] * sources[k].Original(0, i);
            magnitude += Math.Abs(coefficients[k] * sources[k].Original(0, i));
        }

        NumericAssert.SumsAgree(what, sum, actual, 5, magnitude);
    }
}
