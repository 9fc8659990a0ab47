using System.Globalization;

namespace Staircase.Lab.Tests;

/// <summary>An experiment with products: what theory says, how it trains, what is measured.</summary>
internal sealed class ProductStudy(ProductExperiment experiment, double[] targets) : Study<ProductExperiment>(experiment)
{
    public double[] Targets => targets;

    public override string Description => $"{targets.Length} products learn {Experiment.Targets}; {Experiment.Steps} steps.";

    /// <summary>
    /// When half of a mode is learned: from a = b the flow has ṁ = 4m (s − m), so that m = s/2 at ln(s/m₀ − 1)/(4s).
    /// </summary>
    public double HalfLearned(int mode) =>
        Math.Log(targets[mode] / (Experiment.Init * Experiment.Init) - 1) / (4 * targets[mode]) / Experiment.LearningRate;

    public override Findings Predict(bool check = true, CancellationToken cancellation = default) => new(
        [
            Table.Of(
                "Modes", ["mode", "half learned at step"], targets,
                (_, d) => [$"{d + 1}", HalfLearned(d).ToString("F0", CultureInfo.InvariantCulture)]),
        ],
        [], []);

    public override ITraining Begin()
    {
        var products = new Products(targets);
        double[] start = Experiment.Fork?.Weights<double>(products.Layout)
            ?? [.. Enumerable.Repeat(Experiment.Init, products.Layout.Count)];
        return new DescentTraining<double>(
            products, Experiment.NewOptimizer(Experiment.LearningRate), start, Experiment.Steps, products);
    }

    public override RunView View(Run run) => new ProductView(run);

    /// <summary>L = Σ_d (s_d − a_d b_d)².</summary>
    private sealed class Products(double[] targets) : IObjective<double>, IMeasurement<double>
    {
        public ParameterLayout Layout { get; } = ParameterLayout.Of([("a", [targets.Length]), ("b", [targets.Length])]);

        public IReadOnlyList<Column> Columns => [Column.Loss, .. Column.Strengths(targets.Length)];

        public double Evaluate(ReadOnlySpan<double> weights, Span<double> gradient)
        {
            double loss = 0;
            int n = targets.Length;
            for (int d = 0; d < n; d++)
            {
                double missing = targets[d] - weights[d] * weights[n + d];
                loss += missing * missing;
                (gradient[d], gradient[n + d]) = (-2 * missing * weights[n + d], -2 * missing * weights[d]);
            }

            return loss;
        }

        public void Measure(ReadOnlySpan<double> weights, Func<double> loss, Span<double> row)
        {
            row[0] = loss();
            for (int d = 0; d < targets.Length; d++)
                row[1 + d] = weights[d] * weights[targets.Length + d];
        }
    }
}
