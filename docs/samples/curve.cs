#:project ../../src/Staircase.Lab/Staircase.Lab.csproj

// Theory over a loss curve: of any program with `dotnet run curve.cs metrics.csv`; without a file, one that is made here, with noise in it.
using Staircase;
using Staircase.Lab;

LossCurve curve = args.Length > 0 ? LossCurve.Read(args[0], stepColumn: null, lossColumn: null) : Noisy();
var setting = new RegressionExperiment { Attention = AttentionKind.Separate, Rank = 1, Init = 0.01 }; // D = 4, N = 31 as ever
CurveFindings findings = CurveFindings.Of(curve, setting.Prepare()); // what a step is in time is not stated: it is fitted, and said

foreach (Table table in findings.Findings().Tables)
{
    Console.WriteLine(string.Join(" | ", table.Columns));
    foreach (IReadOnlyList<string> row in table.Rows)
        Console.WriteLine(string.Join(" | ", row));
}

foreach (string sentence in findings.Findings().Sentences)
    Console.WriteLine(sentence);

// Gradient descent on the population, its loss read with errors of up to 0.003.
static LossCurve Noisy()
{
    RegressionTask task = RegressionTask.Create(Spectrum.Linear(4), contextLength: 31);
    var model = new SeparateAttention(inputDimension: 4, heads: 5, rank: 1);
    double[] weights = model.Initialize(scale: 0.01, seed: 10);
    Trajectory run = Descent.Run(
        model, task.PopulationLoss(), weights, new GradientDescent(LearningRate: 0.25), steps: 14_000,
        new Recording { Rows = Schedule.Every(10) });
    var noise = new Random(1);
    return new LossCurve(
        "made here", "step", [.. run.Steps.Select(step => (double)step)],
        [.. run.Losses.Select(loss => loss + 0.003 * (noise.NextDouble() + noise.NextDouble() - 1))]);
}
