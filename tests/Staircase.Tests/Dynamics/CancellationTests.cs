namespace Staircase.Tests.Dynamics;

/// <summary>Trainings that are watched and stopped from outside.</summary>
public class CancellationTests
{
    [Theory]
    [InlineData("flow")]
    [InlineData("descent")]
    [InlineData("short descent")]
    public void Progress_ascends_to_one(string kind)
    {
        var told = new List<double>();
        Train(kind, new Told(told.Add), CancellationToken.None);
        Assert.NotEmpty(told);
        Assert.Equal(told.Order(), told);
        Assert.True(told[0] > 0, $"the first share told is {told[0]}");
        Assert.Equal(1, told[^1]);
        Assert.True(kind == "short descent" || told.Count > 3, $"{kind}: told {told.Count} times only");
    }

    [Theory]
    [InlineData("flow")]
    [InlineData("descent")]
    [InlineData("short descent")]
    [InlineData("times")]
    public void A_training_cancelled_before_it_begins_throws(string kind) =>
        Assert.Throws<OperationCanceledException>(() => Train(kind, null, new CancellationToken(canceled: true)));

    [Theory]
    [InlineData("flow")]
    [InlineData("descent")]
    public void A_training_cancelled_on_its_way_stops_there(string kind)
    {
        using var source = new CancellationTokenSource();
        var told = new List<double>();
        var progress = new Told(share =>
        {
            told.Add(share);
            if (share > 0.5)
                source.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => Train(kind, progress, source.Token));
        Assert.Single(told, share => share > 0.5);
    }

    /// <summary>A step may take seconds: cancelling must not wait for the next hundreds.</summary>
    [Fact]
    public void A_descent_stops_at_the_step_at_which_it_is_cancelled()
    {
        using var source = new CancellationTokenSource();
        var objective = new Cancelling(source, 5);
        Assert.Throws<OperationCanceledException>(
            () => Descent.Run(objective, [1], new GradientDescent(0.1), 1000, cancellation: source.Token));
        Assert.Equal(5, objective.LastStep);
    }

    private static void Train(string kind, IProgress<double>? progress, CancellationToken cancellation)
    {
        var (model, loss, weights, end) = FlowCases.Case("merged");
        switch (kind)
        {
            case "flow":
                GradientFlow.Solve(model, loss, weights, end, progress: progress, cancellation: cancellation);
                break;
            case "times":
                GradientFlow.At(new Objective(model, loss), weights, [1, 2], new FlowOptions(), cancellation);
                break;
            default:
                Descent.Run(model, loss, weights, new GradientDescent(0.01), kind == "descent" ? 2000 : 5, null, progress, cancellation);
                break;
        }
    }

    /// <summary>Tells at once, on the same thread, as <see cref="Progress{T}"/> does not.</summary>
    private sealed class Told(Action<double> tell) : IProgress<double>
    {
        public void Report(double value) => tell(value);
    }

    /// <summary>½w², cancelled while a step is evaluated.</summary>
    private sealed class Cancelling(CancellationTokenSource source, long at) : IObjective<double>
    {
        public long LastStep { get; private set; }

        public ParameterLayout Layout { get; } = ParameterLayout.Of([("weight", [1])]);

        public void Draw(long step)
        {
            LastStep = step;
            if (step == at)
                source.Cancel();
        }

        public double Evaluate(ReadOnlySpan<double> weights, Span<double> gradient)
        {
            gradient[0] = weights[0];
            return weights[0] * weights[0] / 2;
        }
    }
}
