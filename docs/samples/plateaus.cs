#:project ../../src/Staircase/Staircase.csproj

// A staircase: what the initial weights say will happen, and what happens when they are trained.
using Staircase;

RegressionTask task = RegressionTask.Create(Spectrum.Linear(4), contextLength: 31);
ModeMoments moments = ModeMoments.Of(task);
var model = new SeparateAttention(inputDimension: 4, heads: 5, rank: 1);
double[] weights = model.Initialize(scale: 0.01, seed: 7);

// Theory sees the initial weights alone; the flow trains them on the whole population.
Prediction theory = Prediction.Of(model, weights, moments);
Trajectory run = GradientFlow.Solve(model, task.PopulationLoss(), weights, until: 1.5 * theory.Drops[^1].Time, Recording.Of(moments));
Comparison comparison = Comparison.Of(theory, run);

Console.WriteLine("learned  loss      theory    until     theory    head");
foreach (ComparedPlateau plateau in comparison.Plateaus)
{
    string learned = string.Join(' ', plateau.Learned.Select(component => component + 1));
    string head = plateau.Drop?.Head is { } h ? $"{h + 1}" : "";
    Console.WriteLine(
        $"{learned,-7}  {plateau.Measured.Height,-8:G5}  {plateau.Predicted?.Height,-8:G5}  "
        + $"{plateau.Measured.End,-8:G5}  {plateau.Predicted?.End,-8:G5}  {head}");
}
