#:project ../../src/Staircase/Staircase.csproj

// A sweep in a loop: how the wait for the first component grows as the initial weights shrink, over 11 seeds on all cores.
// Merged keys and queries wait like ln(1/w), so that every tenfold decrease costs as much again; separate ones like 1/w, ten times as long.
using Staircase;

ModeMoments moments = ModeMoments.Of(RegressionTask.Create(Spectrum.Linear(4), contextLength: 31));
AttentionModel[] models = [new MergedAttention(inputDimension: 4, heads: 8), new SeparateAttention(inputDimension: 4, heads: 5, rank: 1)];

Console.WriteLine("attention  init   median time of the first drop of 11 seeds");
foreach (AttentionModel model in models)
{
    foreach (double init in (double[])[1e-2, 1e-3, 1e-4])
    {
        double[] times = new double[11];
        Parallel.For(0, times.Length, seed =>
            times[seed] = Prediction.Of(model, model.Initialize(init, (ulong)seed), moments).Drops[0].Time);
        Array.Sort(times);
        string name = model is MergedAttention ? "merged" : "separate";
        Console.WriteLine($"{name,-9}  {init:0E+0}  {times[5]:G4}");
    }
}
