namespace Staircase.Tests;

/// <summary>
/// The race predicts from initial weights what the population flow then does: which head learns which component, and when.
/// </summary>
public class HeadRaceAgreementTests
{
    // The project's bar. Neglected are effects of relative order init (a head's own start seen at the matching): ten times smaller at a
    // tenth of the entries.
    private const double MedianAtHundredth = 0.01, MedianAtThousandth = 0.001;
    private const double Shrinks = 5;
    private const double FlaggedShare = 0.25;

    [Theory]
    [InlineData(1, 1e-2, MedianAtHundredth)]
    [InlineData(1, 1e-3, MedianAtThousandth)]
    [InlineData(2, 1e-2, MedianAtHundredth)]
    [InlineData(2, 1e-3, MedianAtThousandth)]
    public void Drop_times_agree_with_the_population_flow(int rank, double scale, double bound)
    {
        double median = Median(Races.Of(rank, scale));
        TestContext.Current.TestOutputHelper?.WriteLine($"median relative error {median:P3}");
        Expect.Below($"median relative error of {Races.Seeds * 4} drop times, rank {rank}, entries {scale}", bound, median);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Errors_shrink_with_the_initial_weights(int rank)
    {
        double coarse = Median(Races.Of(rank, 1e-2)), fine = Median(Races.Of(rank, 1e-3));
        Expect.Below($"median relative error at entries 1e-3, rank {rank}, where it is {coarse:E2} at 1e-2", coarse / Shrinks, fine);
    }

    [Theory]
    [InlineData(1, 1e-2)]
    [InlineData(1, 1e-3)]
    [InlineData(2, 1e-2)]
    [InlineData(2, 1e-3)]
    public void Every_drop_that_is_not_flagged_has_the_right_head_and_component(int rank, double scale)
    {
        RacedDrop[] wrong = [.. Races.Of(rank, scale).Where(drop =>
            drop.Predicted.NearTie is null && (drop.Mode != drop.Predicted.Modes[0] || drop.Head != drop.Predicted.Head))];
        Assert.True(
            wrong.Length == 0,
            $"rank {rank}, entries {scale}, {wrong.Length} drops are wrong without a "
            + $"flag:\n{string.Join('\n', wrong.Select(drop => drop.ToString()))}");
    }

    [Theory]
    [InlineData(1, 1e-2)]
    [InlineData(1, 1e-3)]
    [InlineData(2, 1e-2)]
    [InlineData(2, 1e-3)]
    public void Few_drops_are_flagged(int rank, double scale)
    {
        RacedDrop[] drops = Races.Of(rank, scale);
        int flagged = drops.Count(drop => drop.Predicted.NearTie is not null);
        TestContext.Current.TestOutputHelper?.WriteLine($"{flagged} of {drops.Length} flagged");
        Assert.True(
            flagged <= FlaggedShare * drops.Length,
            $"rank {rank}, entries {scale}: expected at most {FlaggedShare:P0} of {drops.Length} drops flagged, actual {flagged}");
    }

    /// <summary>Flags are worth something: the drops that carry none are better than those that do.</summary>
    [Fact]
    public void Drops_without_a_flag_are_rarely_far_off()
    {
        const double share = 0.02;
        const double farOff = 0.05; // errors of order init; a wrong head or a misjudged passage through zero is off by far more
        RacedDrop[] clear = [.. Races.Of(1, 1e-3).Concat(Races.Of(2, 1e-3)).Where(drop => drop.Predicted.NearTie is null)];
        RacedDrop[] far = [.. clear.Where(drop => !(drop.Error < farOff))];
        Assert.True(
            far.Length <= share * clear.Length,
            $"expected {1 - share:P0} of {clear.Length} unflagged drops within {farOff:P0}; farther off "
            + $"are\n{string.Join('\n', far.Select(drop => drop.ToString()))}");
    }

    [Fact]
    public void With_all_blocks_drawn_the_first_drop_agrees()
    {
        const double fewPerCent = 0.03; // saturation is left out while other blocks are not yet zero
        var drops = new RacedDrop[8];
        Parallel.For(
            0, drops.Length,
            i => drops[i] = Races.Race(new SeparateAttention(4, 5, 1), 1e-3, (ulong)i + 1, InitializationScheme.Full, 1, 1e-7)[0]);
        RacedDrop[] clear = [.. drops.Where(drop => drop.Predicted.NearTie is null)];
        Assert.True(
            clear.Length >= drops.Length / 2, $"expected at least half of {drops.Length} first drops unflagged, actual {clear.Length}");
        foreach (RacedDrop drop in clear)
        {
            Assert.True(
                drop.Error < fewPerCent && drop.Mode == drop.Predicted.Modes[0],
                $"all blocks drawn, expected within {fewPerCent:P0}: {drop}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_rotated_task_is_the_same_race(int rank)
    {
        const double rounding = 1e-9; // rotations round, and the race's roots amplify that a little
        RegressionTask task = Papers.DefaultTask(), rotated = task.InRandomBasis(3);
        var model = new SeparateAttention(4, 5, rank);
        double[] weights = model.Initialize(1e-2, 4), turned = Bases.Rotate(model, weights, rotated.Basis!);
        Prediction plain = Prediction.Of(model, weights, ModeMoments.Of(task));
        Prediction other = Prediction.Of(model, turned, ModeMoments.Of(rotated));
        Assert.Equal(plain.Drops.Select(drop => (drop.Modes[0], drop.Head)), other.Drops.Select(drop => (drop.Modes[0], drop.Head)));
        Expect.Relative(
            "drop times in a random basis", plain.Drops.Select(drop => drop.Time).ToArray(),
            other.Drops.Select(drop => drop.Time).ToArray(), rounding);
    }

    /// <summary>
    /// Time has the unit 1/(λ² v): scaling Λ by c while keeping M's scale is a change of units the prediction must follow.
    /// </summary>
    [Fact]
    public void Scaling_the_inputs_rescales_time_and_weights()
    {
        // x → √c x: Λ → cΛ, M → M/c, so weights scale with c^{−1/3}, b with c², and time with 1/(c² c^{−1/3}).
        const double c = 2.7, rounding = 1e-9;
        var model = new SeparateAttention(4, 5, 1);
        double[] weights = model.Initialize(1e-3, 9), scaled = Array.ConvertAll(weights, w => w * Math.Pow(c, -1.0 / 3));
        Prediction one = Prediction.Of(model, weights, ModeMoments.Of(Papers.DefaultTask()));
        Prediction two = Prediction.Of(model, scaled, ModeMoments.Of(RegressionTask.Create(Spectrum.Linear(4).WithTrace(c), 31)));
        double unit = Math.Pow(c, -5.0 / 3);
        Expect.Relative(
            "drop times in other units", one.Drops.Select(drop => drop.Time * unit).ToArray(),
            two.Drops.Select(drop => drop.Time).ToArray(), rounding);
    }

    [Fact]
    public void Heads_without_weights_learn_nothing()
    {
        var model = new SeparateAttention(4, 5, 1);
        Prediction prediction = Prediction.Of(model, new double[model.Layout.Count], ModeMoments.Of(Papers.DefaultTask()));
        Assert.Empty(prediction.Drops);
        PredictedPlateau only = Assert.Single(prediction.Plateaus);
        Expect.Relative("the endless plateau", 1, only.Height, 1e-12);
        Assert.Equal(double.PositiveInfinity, only.End);
    }

    /// <summary>Fewer key–query pairs than components: only as many drops as there are pairs.</summary>
    [Theory]
    [InlineData(2, 1, 2)]
    [InlineData(1, 2, 2)]
    [InlineData(3, 1, 3)]
    public void A_model_learns_no_more_components_than_it_has_pairs(int heads, int rank, int expected)
    {
        var model = new SeparateAttention(4, heads, rank);
        Prediction prediction = Prediction.Of(model, model.Initialize(1e-3, 2), ModeMoments.Of(Papers.DefaultTask()));
        Assert.Equal(expected, prediction.Drops.Count);
        Assert.Equal(expected + 1, prediction.Plateaus.Count);
    }

    private static double Median(RacedDrop[] drops)
    {
        double[] errors = [.. drops.Select(drop => drop.Error).Order()];
        return (errors[(errors.Length - 1) / 2] + errors[errors.Length / 2]) / 2;
    }
}
