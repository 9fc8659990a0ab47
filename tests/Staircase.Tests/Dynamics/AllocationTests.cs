namespace Staircase.Tests.Dynamics;

/// <summary>A step of training allocates nothing. Runs alone, so that no other test disturbs what the thread's count says.</summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public class AllocationTests
{
    private const int Steps = 500;

    public static TheoryData<string, string> Trainings
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string objective in (string[])["vector tasks", "vector tasks by tokens", "population", "sample"])
            {
                foreach (string optimizer in (string[])["descent", "momentum", "adam"])
                    data.Add(objective, optimizer);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Trainings))]
    public void Nothing_is_allocated_a_step(string objectiveName, string optimizerName)
    {
        (IObjective<double> objective, double[] weights) = Objective(objectiveName);
        IOptimizer optimizer = optimizerName switch
        {
            "descent" => new GradientDescent(1e-3),
            "momentum" => new Momentum(1e-4),
            _ => new Adam(1e-4),
        };
        var training = new Descent<double>(objective, optimizer, weights);
        long least = long.MaxValue;
        for (int repetition = 0; repetition < 10 && least > 0; repetition++)
        {
            // The first repetition compiles; later ones may be recompiled once more.
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Steps; i++)
                training.Advance();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.True(least == 0, $"{objectiveName}, {optimizerName}: {least} bytes in {Steps} steps");
    }

    private static (IObjective<double> Objective, double[] Weights) Objective(string name)
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(3), 10);
        var model = new SeparateAttention(3, 2, 1);
        return name switch
        {
            "population" => (new Objective(model, task.PopulationLoss()), model.Initialize(0.1, 1)),
            "sample" => (new Objective(model, QuadraticLoss.From(task.Sample(50, 1))), model.Initialize(0.1, 1)),
            _ => (Vector(name == "vector tasks by tokens"), VectorWeights.Aligned(3, 0.1).All.ToArray()),
        };

        static VectorObjective Vector(bool tokens) =>
            new(new(Spectrum.Of(2, 1, 0.5), 10, TaskSet.Diagonal(3, 20, 1)), new() { BatchSize = 2, Tokens = tokens }, 1);
    }
}
