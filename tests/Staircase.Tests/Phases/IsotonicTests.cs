namespace Staircase.Tests;

public class IsotonicTests
{
    /// <summary>
    /// The least-squares fit of a non-increasing function: fit_i = min over a ≤ i of max over b ≥ i of the mean of a … b.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(30)]
    public void The_fit_agrees_with_the_minimax_formula(int count)
    {
        const double rounding = 1e-12;
        var random = new RandomStream(1, RandomPurpose.Probe, count);
        for (int round = 0; round < 50; round++)
        {
            double[] x = new double[count], y = new double[count];
            double position = 0;
            for (int i = 0; i < count; i++)
            {
                position += 0.1 + random.NextUniform();
                x[i] = position;
                // Small integers in half of the rounds, so that ties and already sorted stretches occur.
                y[i] = round % 2 == 0 ? Math.Floor(4 * random.NextUniform()) : random.NextNormal() - 0.3 * i;
            }

            (double[] vertices, double[] values) = Isotonic.NonIncreasing(x, y);
            (double[] expectedX, double[] expectedY) = Vertices(x, [.. Enumerable.Range(0, count).Select(i => Minimax(y, i))]);
            Expect.Relative($"positions of vertices, {count} points, round {round}", expectedX, vertices, rounding);
            Expect.Relative($"values of vertices, {count} points, round {round}", expectedY, values, rounding);
        }
    }

    private static double Minimax(double[] y, int i) =>
        Enumerable.Range(0, i + 1).Min(a => Enumerable.Range(i, y.Length - i).Max(b => y[a..(b + 1)].Average()));

    /// <summary>Stretches of equal fit become their mean position; the ends of the curve are kept.</summary>
    private static (double[] X, double[] Y) Vertices(double[] x, double[] fit)
    {
        List<double> X = [x[0]], Y = [fit[0]];
        for (int first = 0; first < fit.Length;)
        {
            int last = first;
            while (last + 1 < fit.Length && Math.Abs(fit[last + 1] - fit[first]) < 1e-9)
                last++;
            double mean = x[first..(last + 1)].Average();
            if (mean > X[^1] + 1e-12)
            {
                X.Add(mean);
                Y.Add(fit[first]);
            }

            first = last + 1;
        }

        if (x[^1] > X[^1] + 1e-12)
        {
            X.Add(x[^1]);
            Y.Add(Y[^1]);
        }

        return ([.. X], [.. Y]);
    }
}
