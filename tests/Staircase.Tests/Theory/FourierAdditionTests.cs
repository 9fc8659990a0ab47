namespace Staircase.Tests.Theory;

public class FourierAdditionTests
{
    [Theory]
    [InlineData(113, new[] { 17, 25, 32, 47 })]
    [InlineData(12, new[] { 1, 5 })]
    [InlineData(12, new[] { 2, 4 })]
    [InlineData(7, new[] { 3 })]
    public void Margin_is_that_of_logits_written_out(int n, int[] keys)
    {
        double margin = double.PositiveInfinity;
        for (int a = 0; a < n; a++)
        {
            int b = (a * a + 1) % n, right = (a + b) % n;
            double[] logits = [.. Enumerable.Range(0, n).Select(c => keys.Sum(k =>
            {
                double α = 2 * Math.PI * k * a / n, β = 2 * Math.PI * k * b / n, γ = 2 * Math.PI * k * c / n;
                double cosine = Math.Cos(α) * Math.Cos(β) - Math.Sin(α) * Math.Sin(β);
                double sine = Math.Sin(α) * Math.Cos(β) + Math.Cos(α) * Math.Sin(β);
                return cosine * Math.Cos(γ) + sine * Math.Sin(γ);
            }))];
            margin = Math.Min(margin, logits[right] - logits.Where((_, c) => c != right).Max());
        }

        Assert.Equal(margin, FourierAddition.Margin(n, keys), 9);
    }

    [Fact]
    public void A_common_divisor_leaves_places_that_are_not_told_apart() => Assert.Equal(0, FourierAddition.Margin(12, [2, 4]), 12);

    [Fact]
    public void A_circle_of_one_place_is_refused() =>
        Assert.Contains("not 1", Assert.Throws<ArgumentException>(() => FourierAddition.Margin(1, [1])).Message, StringComparison.Ordinal);
}
