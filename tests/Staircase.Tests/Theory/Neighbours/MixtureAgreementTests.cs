namespace Staircase.Tests;

/// <summary>The loss on contexts that mix tasks, in closed form, against sequences drawn token by token.</summary>
public class MixtureAgreementTests
{
    /// <summary>A map's loss may lie this many standard errors off: 1 in 16,000 by chance, and the seeds are fixed.</summary>
    private const double StandardErrors = 4;

    /// <summary>Where a standard error is larger than this part of the loss, a missing term could hide in it.</summary>
    private const double LargestStandardError = 0.01;

    private const double Rounding = 1e-12;

    [Theory]
    [InlineData("0.7,0.3", 3, 5, 0.2, OutputScale.Context)]
    [InlineData("0.5,0.3,0.2", 2, 4, 0.4, OutputScale.Tokens)]
    [InlineData("pair:0.8", 3, 4, 0.1, OutputScale.Context)]
    [InlineData("pair:0.5", 2, 5, 0, OutputScale.Context)]
    public void Every_block_agrees_with_sequences_drawn_token_by_token(string mixture, int D, int N, double noise, OutputScale scale)
    {
        const int count = 250_000;
        RegressionTask task =
            PopulationCases.Task(D, N, noise, PopulationCases.Tasks.Correlated, scale, varyContext: false, basis: true) with
        {
            Mixture = TaskMixture.Parse(mixture),
        };
        (string Name, double[] Map)[] maps = PopulationCases.Maps(D, 0.5, seed: D * N);
        PopulationLoss loss = task.PopulationLoss();
        (double[,] inputFactor, double[,] taskFactor) = PopulationCases.Factors(task);
        bool pair = mixture.StartsWith("pair", StringComparison.Ordinal);
        double[] π = pair ? [double.Parse(mixture[5..]), 1 - double.Parse(mixture[5..])] : [.. mixture.Split(',').Select(double.Parse)];
        var random = new System.Random(D + 11 * N);
        double s = scale == OutputScale.Context ? 1.0 / N : 1.0 / (N + 1);
        double[] sums = new double[maps.Length], squares = new double[maps.Length];
        double[] x = new double[D], query = new double[D], G = new double[(D + 1) * (D + 1)];
        for (int i = 0; i < count; i++)
        {
            double[][] w = [.. π.Select(_ => Draw(taskFactor, new double[D]))];
            if (pair)
                w[1] = [.. w[0].Select(entry => -entry)];
            Array.Clear(G);
            for (int n = 0; n < N; n++)
            {
                Draw(inputFactor, x);
                GaussianQuadrature.AddToken(G, x, GaussianQuadrature.Dot(w[Choose()], x) + Math.Sqrt(noise) * Normal());
            }

            Draw(inputFactor, query);
            double target = GaussianQuadrature.Dot(w[Choose()], query);
            GaussianQuadrature.AddToken(G, query, 0);
            for (int m = 0; m < maps.Length; m++)
            {
                double error = s * NaiveMap.Predict(maps[m].Map, G, query) - target;
                sums[m] += error * error;
                squares[m] += error * error * error * error;
            }
        }

        for (int m = 0; m < maps.Length; m++)
        {
            double exact = loss.Evaluate(maps[m].Map, new double[maps[m].Map.Length]), estimate = sums[m] / count;
            double standardError = Math.Sqrt((squares[m] / count - estimate * estimate) / (count - 1));
            Expect.Below($"{maps[m].Name}: standard error", LargestStandardError * exact, standardError);
            Expect.WithinErrors($"loss of a map of {maps[m].Name}", exact, estimate, standardError, StandardErrors);
        }

        double[] Draw(double[,] factor, double[] destination)
        {
            PopulationCases.Transform(factor, [.. destination.Select(_ => Normal())], destination);
            return destination;
        }

        int Choose()
        {
            double u = random.NextDouble();
            return Array.FindIndex(π, p => (u -= p) < 0) is var k and >= 0 ? k : π.Length - 1;
        }

        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
    }

    /// <summary>Samples follow the same law as the closed form: their moments give its loss.</summary>
    [Theory]
    [InlineData("0.6,0.4")]
    [InlineData("pair:0.9")]
    public void A_sample_of_the_library_has_the_loss_of_the_closed_form(string mixture)
    {
        const int D = 2, N = 6, count = 200_000;
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(D), N) with
        {
            Mixture = TaskMixture.Parse(mixture),
            LabelNoise = 0.2,
        };
        double[] map = CentralDifferences.RandomMap(AttentionMap.Length(D), 3, 1);
        SequenceLoss sampled = SequenceLoss.From(new TokenStatistics(task.Sample(count, 5), task.OutputScale, false));
        double exact = task.PopulationLoss().Evaluate(map, new double[map.Length]);
        double measured = sampled.Evaluate(map, new double[map.Length]);
        Expect.Relative("loss of the sample", exact, measured, 0.015); // some five standard errors of 200,000 sequences
    }

    /// <summary>By hand for D = 1, Λ = 1: κ̄ = Σπ², A = κ̄(1 − 1/N) + (3 + σ²)/N, m = κ̄/A, L = 1 − κ̄²/A.</summary>
    [Theory]
    [InlineData("0.5,0.5", 0.5)]
    [InlineData("0.2,0.3,0.5", 0.38)]
    [InlineData("pair:0.75", 0.25)]
    [InlineData("1", 1)]
    public void In_one_dimension_the_modes_are_those_by_hand(string mixture, double agreement)
    {
        const int N = 9;
        const double noise = 0.3;
        RegressionTask task = RegressionTask.Create(Spectrum.White(1), N) with { Mixture = TaskMixture.Parse(mixture), LabelNoise = noise };
        double A = agreement * (1 - 1.0 / N) + (3 + noise) / N;
        ModeMoments moments = ModeMoments.Of(task);
        Expect.Relative("drive", agreement, moments.Drive[0], Rounding);
        Expect.Relative("full strength", agreement / A, moments.FullStrength(0), Rounding);
        Expect.Relative("height", 1 - agreement * agreement / A, moments.PlateauHeight([0]), Rounding);
        Expect.Relative("minimum", 1 - agreement * agreement / A, MergedFixedPoints.MinimumLoss(task), Rounding);
        Expect.Relative("floor", 1 - agreement, MixtureStaircase.Floor(task), Rounding, scale: 1);
    }

    [Theory]
    [InlineData("0.5,0.6")]
    [InlineData("pair:1.5")]
    [InlineData("0.5,x")]
    [InlineData("-0.5,1.5")]
    public void Weights_that_are_no_probabilities_are_refused(string text) =>
        Assert.Throws<ArgumentException>(() => TaskMixture.Parse(text));
}
