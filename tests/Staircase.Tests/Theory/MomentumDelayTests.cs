namespace Staircase.Tests;

/// <summary>Momentum against runs of it: how late drops come, and where training is stable.</summary>
public sealed class MomentumDelayTests
{
    private const int D = 3;

    /// <summary>
    /// What the first order leaves out, in τ_m a drop. The second order makes ṡ = −1 + 2τ_m/s − 10τ_m²/s², so a delay of −6τ_m² ∫ds/s²
    /// more,
    /// at most 6τ_m where s ends at τ_m. A head grows by the whole of its start, not v alone: v̇ is then another one than b v² by a factor
    /// of
    /// order one, e at most here, which changes the delay τ_m ln(v̇_end/v̇_start) by τ_m at either end.
    /// </summary>
    private const double SecondOrder = 8;

    /// <summary>In widths of a drop: where exactly the logarithm ends.</summary>
    private const double EndOfEscape = 1;

    private const ulong Seeds = 5;

    /// <summary>Growth is stretched exactly; the drop itself, a fifth of the time here, is not stretched as much.</summary>
    private const double OfMergedTime = 0.02;

    private static readonly RegressionTask Task = RegressionTask.Create(Spectrum.Of(0.5, 0.3, 0.2), 31);

    [Theory]
    [InlineData(0.04, 0.5)]   // τ_m = 0.24, which swings nowhere: all drops count
    [InlineData(0.01, 0.9)]   // τ_m = 1.9
    [InlineData(0.05, 0.9)]   // τ_m = 9.5
    [InlineData(0.1, 0.9)]    // τ_m = 19
    [InlineData(0.02, 0.95)]  // τ_m = 15.6
    public void Drops_come_as_late_as_derived(double rate, double decay)
    {
        var model = new SeparateAttention(D, 4, 1);
        var moments = ModeMoments.Of(Task);
        double τ = MomentumDelay.TimeConstant(rate, decay), perStep = 2 * rate / (1 - decay);
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            double[] weights = model.Initialize(1e-3, seed);
            Prediction flow = Prediction.Of(model, weights, moments), late = MomentumDelay.Apply(flow, τ);

            // The flow itself is the yardstick of the delay, so that errors of the race do not count.
            double[] without = Crossings(GradientFlow.Solve(model, Task.PopulationLoss(), weights, 1.3 * flow.Drops[^1].Time), flow);
            double[] with = Crossings(
                Descent.Run(
                    model, Task.PopulationLoss(), weights, new Momentum(rate, decay), (long)(1.3 * late.Drops[^1].Time / perStep)), flow);

            for (int i = 0; i < flow.Drops.Count; i++)
            {
                if (flow.Drops[i].NearTie is not null)
                    break;   // how far a race in doubt is moved is not derived, nor what comes after it
                Assert.Equal(i > 0 && decay != 0.5, late.Drops[i].NearTie is not null);
                if (late.Drops[i].NearTie is not null)
                    continue;
                int mode = flow.Drops[i].Modes[0];
                double width = 1 / (moments.Drive[mode] * Math.Cbrt(moments.FullStrength(mode)));
                double derived = without[i] + late.Drops[i].Time - flow.Drops[i].Time;
                double allowed = (i + 1) * (SecondOrder * τ + EndOfEscape * width);
                Assert.True(late.Drops[i].Time > flow.Drops[i].Time, $"seed {seed}: drop {i + 1} is not late");
                Assert.True(
                    Math.Abs(with[i] - derived) < allowed,
                    $"seed {seed}: drop {i + 1} at {with[i]:G6} under momentum, {derived:G6} derived (± {allowed:G3}), "
                    + $"{without[i]:G6} in the flow");
            }
        }
    }

    [Fact]
    public void Merged_attention_grows_at_the_root_of_its_equation()
    {
        const double rate = 0.02, decay = 0.9;
        var model = new MergedAttention(D, 6);
        double[] weights = model.Initialize(1e-5, 2);
        Prediction flow = Prediction.Of(model, weights, ModeMoments.Of(Task));
        Prediction late = MomentumDelay.Apply(flow, MomentumDelay.TimeConstant(rate, decay));
        Trajectory run = Descent.Run(
            model, Task.PopulationLoss(), weights, new Momentum(rate, decay), (long)(2 * late.Drops[0].Time * (1 - decay) / (2 * rate)));
        double measured = Crossings(run, flow)[0];
        Assert.True(
            Math.Abs(measured / late.Drops[0].Time - 1) < OfMergedTime && measured > 1.2 * flow.Drops[0].Time,
            $"{measured:G6} under momentum, {late.Drops[0].Time:G6} derived, {flow.Drops[0].Time:G6} in the flow");
    }

    /// <summary>
    /// Heavy ball is stable near a minimum up to (1 + μ)·2/λ_max (Polyak 1964), gradient descent up to 2/λ_max: a local statement.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0.9)]
    public void Near_the_minimum_training_is_stable_just_below_the_rate_and_not_just_above(double decay)
    {
        var model = new SeparateAttention(D, D, 1);
        ModeMoments moments = ModeMoments.Of(Task);
        var objective = new Objective(model, Task.PopulationLoss());
        double largest = Curvature.LargestStableRate(objective, moments) * (1 + decay);
        double[] minimum = SeparateFixedPoints.Construct(model, moments, [.. moments.Order]);
        double lowest = objective.Evaluate(minimum);
        double[] start = [.. minimum.Select((w, i) => w == 0 ? 0 : w * (1 + 1e-4 * Math.Sin(i + 1)))];

        Assert.True(Excess(0.98) < 0.01 * (objective.Evaluate(start) - lowest), $"just below it is left with {Excess(0.98):G3}");
        Assert.True(Excess(1.02) > 100 * (objective.Evaluate(start) - lowest), $"just above it is left with {Excess(1.02):G3}");

        double Excess(double part)
        {
            IOptimizer optimizer = decay == 0 ? new GradientDescent(part * largest) : new Momentum(part * largest, decay);
            var descent = new Descent<double>(objective, optimizer, start);
            for (int step = 0; step < 2000; step++)
                descent.Advance();
            return descent.Evaluate() - lowest;
        }
    }

    /// <summary>When a loss has fallen half-way from each predicted height to the next.</summary>
    private static double[] Crossings(Trajectory run, Prediction prediction) =>
    [
        .. prediction.Drops.Select((_, i) =>
        {
            double middle = (prediction.Plateaus[i].Height + prediction.Plateaus[i + 1].Height) / 2;
            int after = run.Losses.ToList().FindIndex(loss => loss < middle);
            double θ = (run.Losses[after - 1] - middle) / (run.Losses[after - 1] - run.Losses[after]);
            return run.Positions[after - 1] + θ * (run.Positions[after] - run.Positions[after - 1]);
        }),
    ];
}
