namespace Staircase.Tests;

/// <summary>A predicted drop beside the one that the population flow shows.</summary>
/// <param name="Seed">The seed of the initial weights.</param>
/// <param name="Number">Which drop of its run, from 0.</param>
/// <param name="Predicted">What the race said.</param>
/// <param name="Time">When half of the predicted component's loss is gone; NaN if that was not seen.</param>
/// <param name="Head">The head that holds most of that component then.</param>
/// <param name="Mode">The component that dropped as number <paramref name="Number"/>.</param>
internal sealed record RacedDrop(ulong Seed, int Number, PredictedDrop Predicted, double Time, int Head, int Mode)
{
    public double Error => double.IsNaN(Time) ? double.PositiveInfinity : Math.Abs(Time / Predicted.Time - 1);

    public override string ToString() =>
        $"seed {Seed}, drop {Number + 1}: predicted component {Predicted.Modes[0] + 1} by head {Predicted.Head + 1} at "
        + $"{Predicted.Time:G6}, "
        + $"actual component {Mode + 1}, head {Head + 1}, at {Time:G6}, relative error "
        + $"{Error:E2}{(Predicted.NearTie is { } tie ? $" ({tie})" : "")}";
}
