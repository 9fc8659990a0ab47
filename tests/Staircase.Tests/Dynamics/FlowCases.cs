namespace Staircase.Tests.Dynamics;

/// <summary>Small trainings that several tests share.</summary>
internal static class FlowCases
{
    public static readonly string[] Names =
        ["merged", "merged, noisy, rotated", "separate rank 1", "separate rank 2", "separate, full blocks"];

    /// <summary>A training of each kind, with the time in which it learns everything.</summary>
    public static (AttentionModel Model, IAttentionLoss Loss, double[] Weights, double End) Case(string name)
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(3), 20);
        return name switch
        {
            "merged" => Start(new MergedAttention(3, 2), task, 0.05, InitializationScheme.Papers, 150),
            "merged, noisy, rotated" =>
                Start(new MergedAttention(3, 3), (task with { LabelNoise = 0.2 }).InRandomBasis(4), 0.1, InitializationScheme.Papers, 150),
            "separate rank 1" => Start(new SeparateAttention(3, 3, 1), task, 0.1, InitializationScheme.Papers, 4000),
            "separate rank 2" => Start(new SeparateAttention(3, 2, 2), task, 0.1, InitializationScheme.Papers, 2000),
            "separate, full blocks" => Start(new SeparateAttention(3, 3, 1), task, 0.2, InitializationScheme.Full, 1000),
            _ => throw new ArgumentException($"There is no case '{name}'."),
        };

        static (AttentionModel, IAttentionLoss, double[], double) Start(
            AttentionModel model, RegressionTask task, double scale, InitializationScheme scheme, double end) =>
            (model, task.PopulationLoss(), model.Initialize(scale, 11, scheme), end);
    }

    /// <summary>What a plateau with the components in S has: the strengths m_d (Zhang et al. 2025, Eq. 18).</summary>
    public static double[] Plateaus(RegressionTask task)
    {
        double N = task.ContextLength, trace = task.Spectrum.Trace;
        return [.. task.InputEigenvalues.ToArray().Select(λ => 1 / (λ * (1 + (1 + trace / λ) / N)))];
    }

    /// <summary>When each mode passes half of its plateau, located inside the step by the continuous extension.</summary>
    public static double[] DropTimes(
        AttentionModel model, RegressionTask task, double[] weights, double until, FlowOptions options,
        List<(double Time, double Loss)>? points = null)
    {
        int D = task.InputDimension, left = D;
        double[] half = [.. Plateaus(task).Select(m => m / 2)], times = [.. Enumerable.Repeat(double.NaN, D)];
        var flow = new GradientFlow(new Objective(model, task.PopulationLoss()), weights, options);
        points?.Add((0, flow.Loss));
        double start = 0;
        while (left > 0 && flow.State.Time < until)
        {
            flow.Advance(until);
            points?.Add((flow.State.Time, flow.Loss));
            double[] M = model.InContextMatrix(flow.Weights);
            for (int d = 0; d < D; d++)
            {
                if (!double.IsNaN(times[d]) || M[d * D + d] <= half[d])
                    continue;
                double low = start, high = flow.State.Time;
                for (int i = 0; i < 50; i++)
                {
                    double middle = (low + high) / 2;
                    if (model.InContextMatrix(flow.WeightsAt(middle))[d * D + d] > half[d])
                        high = middle;
                    else
                        low = middle;
                }

                times[d] = high;
                left--;
            }

            start = flow.State.Time;
        }

        return times;
    }
}
