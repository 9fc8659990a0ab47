#:project ../../src/Staircase/Staircase.csproj

// An optimizer of one's own: Nesterov's momentum is one record. Theory speaks of time: it holds for whatever says how much of it a step is.
using System.Numerics;
using Staircase;

RegressionTask task = RegressionTask.Create(Spectrum.Linear(3), contextLength: 20);
ModeMoments moments = ModeMoments.Of(task);
var model = new SeparateAttention(inputDimension: 3, heads: 4, rank: 1);
double[] weights = model.Initialize(scale: 0.01, seed: 3);
Prediction theory = Prediction.Of(model, weights, moments);

Console.WriteLine("optimizer        components half learned, in time of the flow");
Console.WriteLine($"theory           {string.Join("  ", theory.Drops.Select(drop => $"{drop.Time:F1}"))}");
foreach (IOptimizer optimizer in (IOptimizer[])[new GradientDescent(0.01), new Nesterov(0.001, 0.9)])
{
    var steps = (long)(1.5 * theory.Drops[^1].Time / optimizer.TimePerStep!.Value);
    Trajectory run = Descent.Run(model, task.PopulationLoss(), weights, optimizer, steps, Recording.Of(moments));
    Console.WriteLine($"{optimizer.GetType().Name,-15}  {string.Join("  ", run.HalfWay(moments).Select(time => $"{time:F1}"))}");
}

/// <summary>m ← μ m + ∂L/∂W, W ← W − η (∂L/∂W + μ m).</summary>
internal sealed record Nesterov(double LearningRate, double Decay) : IOptimizer
{
    public int MemoryPerWeight => 1;

    public double? TimePerStep => 2 * LearningRate / (1 - Decay);

    public void Update<T>(ParameterLayout layout, Span<T> weights, ReadOnlySpan<T> gradient, Span<T> memory, long step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T η = T.CreateTruncating(LearningRate), μ = T.CreateTruncating(Decay);
        for (int i = 0; i < gradient.Length; i++)
        {
            memory[i] = μ * memory[i] + gradient[i];
            weights[i] -= η * (gradient[i] + μ * memory[i]);
        }
    }
}
