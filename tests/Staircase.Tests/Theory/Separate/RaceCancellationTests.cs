namespace Staircase.Tests;

public sealed class RaceCancellationTests
{
    [Fact]
    public void A_race_of_seconds_stops_in_its_middle()
    {
        ModeMoments moments = ModeMoments.Of(RegressionTask.Create(Spectrum.Linear(8), contextLength: 31));
        var model = new SeparateAttention(inputDimension: 8, heads: 1500, rank: 1);
        double[] weights = model.Initialize(scale: 0.01, seed: 1);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        Assert.ThrowsAny<OperationCanceledException>(() => Prediction.Of(model, weights, moments, stop.Token));
    }
}
