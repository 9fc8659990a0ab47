using Staircase.Tests.Measures;

namespace Staircase.Tests;

public class SeriesNoiseTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(0.8)]
    [InlineData(0.9)]
    public void Autoregressive_noise_is_recovered_through_drift_and_jumps(double φ)
    {
        const int count = 20_000;
        double[] x = [.. Noise.Autoregressive(count, φ, 1).Select((v, i) => 3 * v - 0.7 * i + (i / 4000 % 2 == 0 ? 50 : 0))];

        SeriesNoise noise = SeriesNoise.Of(x);

        double error = 1.65 / Math.Sqrt(count); // its measured standard deviation, with at most a fifth of the values left out
        Expect.Relative("φ", φ, noise.Autocorrelation, 4 * error, scale: 1);
        Expect.Relative("innovation", 3, noise.Innovation, 4 * error);
    }

    [Fact]
    public void The_variogram_has_its_limits()
    {
        const double rounding = 1e-12;

        Expect.Relative("white", 2, new SeriesNoise(0, 1).RelativeVariogram(7), rounding);
        Expect.Relative("random walk", 7, new SeriesNoise(1, 1).RelativeVariogram(7), rounding);
        Expect.Relative("next to a random walk", 7, new SeriesNoise(1 - 1e-9, 1).RelativeVariogram(7), 1e-6);
        Assert.Equal(1, SeriesNoise.Of(Noise.Autoregressive(1000, 1, 2)).LargestAutocorrelation(1000));
        Assert.Equal(
            "The noise of a series needs 40 values or more; found 39.",
            Assert.Throws<ArgumentException>(() => SeriesNoise.Of(new double[39])).Message);
    }

    [Fact]
    public void A_smooth_curve_has_hardly_any_noise()
    {
        SeriesNoise noise = SeriesNoise.Of([.. Enumerable.Range(0, 400).Select(i => 1 / (1 + Math.Exp((i - 200) / 20.0)))]);

        Assert.Equal(1, noise.Autocorrelation); // second differences grow with the fourth power of the lag: as smooth as can be
        Expect.Below("innovation", 1e-3, noise.Innovation);
    }
}
