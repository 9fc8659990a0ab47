namespace Staircase.Lab;

/// <summary>The heights of plateaus and the places of drops that runs over seeds are compared by, whatever order they come in.</summary>
internal static class RegressionQuantities
{
    /// <summary>What theory says, and what was measured beside it.</summary>
    /// <param name="prediction">What theory says.</param>
    /// <param name="comparison">It over a run; null before there is one.</param>
    /// <param name="hasTimes">Whether theory's times are those of the optimizer.</param>
    public static IReadOnlyList<Quantity> Of(Prediction prediction, Comparison? comparison, bool hasTimes)
    {
        var all = new List<Quantity>();
        for (int i = 0; i < prediction.Plateaus.Count; i++)
        {
            all.Add(new(Loss(prediction.Plateaus[i].Learned), null, prediction.Plateaus[i].Height));
            if (i < prediction.Drops.Count && hasTimes)
                all.Add(new(Drop(prediction.Drops[i].Modes, unitIsTime: true), null, prediction.Drops[i].Time));
        }

        for (int i = 0; i < (comparison?.Plateaus.Count ?? 0); i++)
        {
            ComparedPlateau plateau = comparison!.Plateaus[i];
            Measure(Loss(plateau.Learned), plateau.Measured.Height);
            if (i + 1 < comparison.Plateaus.Count && comparison.Plateaus[i + 1].Learned.Except(plateau.Learned).ToArray() is { Length: > 0 } now)
                Measure(Drop(now, comparison.UnitIsTime), plateau.Measured.End);
        }

        return all;

        void Measure(string name, double value)
        {
            int known = all.FindIndex(one => one.Name == name);
            if (known < 0)
                all.Add(new(name, value, null));
            else if (all[known].Measured is null) // of two plateaus with the same components learned the first
                all[known] = all[known] with { Measured = value };
        }
    }

    private static string Loss(IReadOnlyList<int> learned) =>
        learned.Count == 0 ? "loss before the first drop" : $"loss with {Components([.. learned.Order()])} learned";

    private static string Drop(IReadOnlyList<int> modes, bool unitIsTime) =>
        $"{(unitIsTime ? "time" : "step")} of the drop of {Components([.. modes.Order()])}";
}
