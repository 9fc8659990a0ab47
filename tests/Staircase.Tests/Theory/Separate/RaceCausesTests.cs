namespace Staircase.Tests;

/// <summary>
/// Settings at which a race of heads that do not see each other goes wrong, each for a reason of its own. The independent value is the
/// exact
/// flow of the whole model, integrated at a tight tolerance without any phase, clock or theory.
/// </summary>
public class RaceCausesTests
{
    // The prediction steps at 2e-6, and idle heads do not see each other below a ten-thousandth of full strength.
    private const double Agreement = 1e-3;
    private const double Converged = 1e-8;

    public static TheoryData<string> Names => [.. Settings().Select(setting => setting.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_drop_comes_when_and_by_whom_it_was_predicted(string name)
    {
        Setting setting = Settings().First(s => s.Name == name);
        (SeparateAttention model, double[] weights, ModeMoments moments, IAttentionLoss loss) = setting.Prepared();
        Prediction prediction = Prediction.Of(model, weights, moments);
        Assert.NotEmpty(prediction.Drops);
        double until = 1.4 * prediction.Drops[^1].Time;
        double[] middles = [.. prediction.Plateaus.SkipLast(1).Select(p => (p.Start + p.End) / 2)];
        (List<ConvergedFlow.Drop> drops, List<double> losses) =
            ConvergedFlow.Solve(
                model, loss, moments, weights, until, middles,
                [.. prediction.Plateaus.Zip(prediction.Plateaus.Skip(1), (before, after) => (before.Height + after.Height) / 2)],
                Converged);

        Assert.True(
            drops.Count == prediction.Drops.Count,
            $"{name}: predicted {prediction.Drops.Count} drops, the flow shows {drops.Count} until {until:G5}");
        for (int i = 0; i < drops.Count; i++)
        {
            PredictedDrop predicted = prediction.Drops[i];
            Expect.Relative(
                $"{name}: time of drop {i + 1} ({predicted.NearTie ?? "clear"})", drops[i].Time, predicted.Time,
                Math.Max(Agreement, predicted.Doubt));
            if (predicted.NearTie is null)
                Assert.True(drops[i].Head == predicted.Head, $"{name}: drop {i + 1} is head {drops[i].Head}'s, predicted {predicted.Head}");
            if (predicted.NearTie is null)
                Expect.Relative($"{name}: loss on plateau {i + 1}", losses[i], prediction.LossAt(middles[i]), Agreement);
        }
    }

    /// <summary>1.: a head that was beaten to a component is turned by what the winner leaves behind while it settles.</summary>
    [Fact]
    public void The_last_drop_of_seed_18_comes_at_its_converged_time()
    {
        const double converged = 20_938; // the exact flow at tolerances of 1e-7 to 1e-9; at 1e-5 it comes at 21,121
        (SeparateAttention model, double[] weights, ModeMoments moments, _) =
            Settings().First(s => s.Name == "off-diagonal kick, D 4").Prepared();
        Expect.Relative("last drop of seed 18", converged, Prediction.Of(model, weights, moments).Drops[^1].Time, Agreement);
    }

    /// <summary>2.: of equal drives a head learns one direction, whatever the axes: white, D 3 has the height of one direction.</summary>
    [Fact]
    public void Plateaus_of_equal_drives_have_the_height_of_as_many_directions()
    {
        RegressionTask task = RegressionTask.Create(Spectrum.White(3), 31);
        var model = new SeparateAttention(3, 4, 1);
        Prediction prediction = Prediction.Of(model, model.Initialize(1e-3, 1), ModeMoments.Of(task));
        Assert.Equal([0, 1, 2, 3], prediction.Plateaus.Select(p => p.Learned.Count));
        for (int m = 0; m <= 3; m++)
            Expect.Relative(
                $"height with {m} directions", Papers.Height(task, Enumerable.Range(0, m)), prediction.Plateaus[m].Height, 1e-5);
        Assert.Single(prediction.Moments.Spaces);
    }

    /// <summary>3.: where one drop is in doubt, those after it are as doubtful at least while the same heads race.</summary>
    [Fact]
    public void An_interval_holds_the_converged_time_and_widens_with_doubt()
    {
        (SeparateAttention model, double[] weights, ModeMoments moments, _) =
            Settings().First(s => s.Name == "doubt carries on").Prepared();
        Prediction prediction = Prediction.Of(model, weights, moments);
        Assert.All(prediction.Drops, drop => Assert.True(drop.Low <= drop.Time && drop.Time <= drop.High, $"{drop}"));
        Assert.All(prediction.Drops, drop => Assert.True(drop.Doubt > 0, $"{drop}"));
    }

    /// <summary>The ensemble has its own streams: the same bits every time.</summary>
    [Fact]
    public void Intervals_are_the_same_bits_every_time()
    {
        (SeparateAttention model, double[] weights, ModeMoments moments, _) = Settings().First().Prepared();
        Prediction one = Prediction.Of(model, weights, moments), two = Prediction.Of(model, weights, moments);
        Assert.Equal(one.Drops.Select(d => (d.Time, d.Low, d.High, d.NearTie)), two.Drops.Select(d => (d.Time, d.Low, d.High, d.NearTie)));
        Assert.Equal(one.Losses, two.Losses);
    }

    /// <summary>A race so close that a part in 10⁴ of the weights decides it says so.</summary>
    [Fact]
    public void A_tie_is_in_doubt()
    {
        // Two heads with the same weights but for a part in 10⁵, and a third far behind.
        var model = new SeparateAttention(2, 3, 1);
        double[] weights = model.Initialize(1e-3, 3);
        for (int block = 0; block < 3; block++)
        {
            model.Part(weights, block, 0).CopyTo(model.Part(weights, block, 1));
            foreach (ref double w in model.Part(weights, block, 1))
                w *= 1 + 1e-5;
            foreach (ref double w in model.Part(weights, block, 2))
                w *= 0.01;
        }

        Prediction prediction = Prediction.Of(model, weights, ModeMoments.Of(Papers.DefaultTask(2)));
        Assert.NotNull(prediction.Drops[0].NearTie);
    }

    private static IEnumerable<Setting> Settings()
    {
        RegressionTask linear4 = Papers.DefaultTask(4);
        yield return new("off-diagonal kick, D 4", linear4, 1e-3, 18);
        yield return new("off-diagonal kick, D 8", Papers.DefaultTask(8), 1e-2, 1);
        yield return new("equal drives, listed", Listed("0.3,0.3,0.2,0.1"), 1e-3, 1);
        yield return new("equal drives, white", RegressionTask.Create(Spectrum.White(4), 31), 1e-3, 1);
        yield return new(
            "equal drives by the task covariance", linear4 with { TaskCovariance = Diagonal(0.0625, 0.111111111111111, 0.25, 1) }, 1e-3, 1);
        yield return new("doubt carries on", linear4 with { TaskCovariance = Diagonal(0.3, 0.6, 1, 3) }, 1e-3, 2);
        yield return new("near-equal drives", Listed("0.35,0.34,0.2,0.11"), 1e-3, 3);
        yield return new("channels", linear4, 1e-2, 1, Rank: 2, Scheme: InitializationScheme.Layers);
        yield return new("a sample", linear4, 1e-2, 1, Sequences: 2000);
    }

    private static RegressionTask Listed(string eigenvalues) => RegressionTask.Create(Spectrum.Parse(eigenvalues, null), 31);

    private static double[,] Diagonal(params double[] values)
    {
        var diagonal = new double[values.Length, values.Length];
        for (int i = 0; i < values.Length; i++)
            diagonal[i, i] = values[i];
        return diagonal;
    }

    private sealed record Setting(
        string Name, RegressionTask Task, double Init, ulong Seed, int Rank = 1, InitializationScheme Scheme = InitializationScheme.Papers,
        int Sequences = 0)
    {
        public (SeparateAttention Model, double[] Weights, ModeMoments Moments, IAttentionLoss Loss) Prepared()
        {
            var model = new SeparateAttention(Task.InputDimension, Task.InputDimension + 1, Rank);
            double[] weights = model.Initialize(Init, Seed, Scheme);
            if (Sequences == 0)
                return (model, weights, ModeMoments.Of(Task), Task.PopulationLoss());
            QuadraticLoss sample = QuadraticLoss.From(Task.Sample(Sequences, Seed));
            return (model, weights, ModeMoments.Of(sample, null), sample);
        }
    }
}
