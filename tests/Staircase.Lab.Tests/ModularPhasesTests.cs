namespace Staircase.Lab.Tests;

/// <summary>Phases of courses whose changes are known.</summary>
public class ModularPhasesTests
{
    [Fact]
    public void Phases_are_where_the_measures_change()
    {
        ModularPhases phases = ModularPhases.Of(Course(memorized: 150, grokked: 4000), []);
        Assert.InRange(phases.Memorized!.Value, 130, 170);
        Assert.InRange(phases.Generalized!.Value, 3700, 4300);
        Assert.InRange(phases.CleanedUp!.Value, 3400, 4600);
        Assert.Null(phases.CircuitFormed);
        Assert.Contains("test accuracy rises at", phases.Sentences()[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_training_that_never_generalizes_is_said_to()
    {
        ModularPhases phases = ModularPhases.Of(Course(memorized: 150, grokked: null), []);
        Assert.InRange(phases.Memorized!.Value, 130, 170);
        Assert.Null(phases.Generalized);
        Assert.Contains("does not grok", phases.Sentences()[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_training_that_learns_nothing_has_no_phases()
    {
        ModularPhases phases = ModularPhases.Of(Course(memorized: null, grokked: null), []);
        Assert.Null(phases.Memorized);
        Assert.Null(phases.Generalized);
        Assert.Contains("No phases", phases.Sentences()[0], StringComparison.Ordinal);
    }

    /// <summary>
    /// What is known at once was not grokked: test accuracy that rises with train accuracy is no generalization after memorization.
    /// </summary>
    [Fact]
    public void Too_few_points_have_no_phases() => Assert.Empty(ModularPhases.Of(Course(100, 1000, every: 250), []).Changes);

    /// <summary>
    /// Accuracies rise over a tenth of a step's logarithm, the norm falls with test accuracy; a little noise on everything.
    /// </summary>
    private static Trajectory Course(double? memorized, double? grokked, int every = 5)
    {
        var random = new RandomStream(1, RandomPurpose.Probe);
        Column[] columns =
        [
            Column.Loss, new("test_loss", ColumnKind.Loss, ""), new("train_accuracy", ColumnKind.Accuracy, ""),
            new("test_accuracy", ColumnKind.Accuracy, ""), new("squared_norm", ColumnKind.Norm, ""),
        ];
        var rows = new Trajectory(columns, hasTime: false);
        for (int step = 0; step <= 6000; step += every)
        {
            double known = Sigmoid(step, memorized), general = Sigmoid(step, grokked);
            double[] noise = [random.NextNormal(), random.NextNormal(), random.NextNormal(), random.NextNormal()];
            rows.Add(step, null,
            [
                4 * (1 - known) + 1e-3, 4 + (6 * known) - (9.9 * general) + (0.01 * noise[0]), known + (0.003 * noise[1]),
                0.02 + (0.98 * general) + (0.003 * noise[2]), 1500 - (800 * general) + noise[3],
            ]);
        }

        return rows;

        static double Sigmoid(double step, double? centre) => centre is { } c ? 1 / (1 + Math.Pow(c / Math.Max(1, step), 12)) : 0;
    }
}
