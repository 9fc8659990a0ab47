using System.Globalization;
using static Staircase.Lab.NumberText;

namespace Staircase.Lab;

/// <summary>
/// Zhang et al. 2025, Fig. 5: with a softmax, too, merged keys and queries lose their loss in one drop, separate ones in several.
/// </summary>
internal sealed class SoftmaxFigure : IFigure
{
    /// <summary>Two programs for the same formula in double precision, over some hundred operations a prediction.</summary>
    private const double Rounding = 1e-11;

    private const int ByHand = 50;

    public string Name => "softmax";

    public string Shows => "softmax attention: one drop merged, several separate";

    public string Source => "Zhang et al. 2025, Fig. 5";

    public IReadOnlyList<Result> Results => [MergedCurve.Result, HeadRace.Result, SeparateFixedPoints.Result];

    public ReportSection Reproduce(Bench bench)
    {
        RegressionExperiment merged = Setting(bench, AttentionKind.Merged, 8) with
        {
            InitScheme = InitializationScheme.Full,
            Init = 1e-6,
            Until = 300
        };
        RegressionExperiment separate = Setting(bench, AttentionKind.Separate, 5) with { Init = 0.01, Until = 4000 };

        // One after the other: each uses all cores by itself.
        RegressionFindings one = bench.Regress(merged), several = bench.Regress(separate);
        Comparison oneDrop = one.Comparison!, severalDrops = several.Comparison!;
        int D = several.Study.Model.InputDimension;
        return new ReportSection
        {
            Id = Name,
            Title = "Softmax attention",
            Lead = "$\\hat y_q = \\sum_h (V_h X\\, \\mathrm{softmax}(X^\\top KQ_h x_q))_{D+1}$, the softmax over all tokens. Beside it "
                + "the theory of linear attention with the same weights that divides by the number of tokens.",
            Plots =
            [
                RegressionPlots.Loss(("merged", one)) with { Id = "merged", Title = "Merged key and query" },
                RegressionPlots.Loss(("separate", several)) with { Id = "separate", Title = "Separate keys and queries of rank 1" },
                RankPlot(one, several),
            ],
            Weights = RegressionWeights.Of(several) is { } maps ? [maps] : [],
            Settings = several.Study.Settings,
            Checks =
            [
                Check.Same("merged: number of drops", "Zhang et al. 2025, Fig. 5", $"{oneDrop.Plateaus.Count - 1}", "1"),
                Check.Same("separate: components learned, plateau by plateau", "Zhang et al. 2025, Fig. 5",
                    string.Join("; ", severalDrops.Plateaus.Select(p => Components(p.Learned))),
                        string.Join("; ", Enumerable.Range(0, D + 1).Select(m => Components([.. Enumerable.Range(0, m)])))),
                Check.AtMost($"predictions on {ByHand} sequences against the formula, token by token, largest |Δŷ|",
                    "Zhang et al. 2025, §6",
                    Math.Max(DifferenceByHand(one), DifferenceByHand(several)), Rounding),
            ],
            Tables = [Table("Merged", oneDrop), Table("Separate", severalDrops)],
            Notes =
            [
                "Gradient flow of the loss over the sample: a softmax averages over tokens where the authors' linear code sums, so that "
                    + "at the rates of Figs. 1 and 3 the drops would lie beyond their numbers of epochs, and with larger steps "
                + "gradient descent leaves the flow.",
                "The components come in the order of linear attention and at about its heights, but sooner: the theory's times are those "
                    + "of the linear model.",
                "The loss ends a little below the minimum of linear attention: a softmax can weigh tokens by more than a product of two.",
            ],
        };
    }

    private static RegressionExperiment Setting(Bench bench, AttentionKind attention, int heads) => new()
    {
        Softmax = true,
        Attention = attention,
        Heads = heads,
        Data = new(DataKind.Sample, bench.Quick ? 1000 : 5000),
        Whiten = true,
        Centre = true,
        Optimizer = OptimizerKind.Flow,
        Tolerance = 1e-4,
        Checkpoints = Schedule.Every(5),
        Seed = 1,
    };

    private static string Components(IReadOnlyList<int> learned) =>
        learned.Count == 0 ? "none" : string.Join(' ', learned.Order().Select(d => d + 1));

    private static Plot RankPlot(params RegressionFindings[] runs) => new()
    {
        Id = "rank",
        Title = "Effective rank of the in-context matrix $M = \\sum_h v_h KQ_h$",
        Caption = "How many principal components the model has, by the entropy of the singular values: up at once when merged, one after "
            + "the other when separate.",
        X = RegressionPlots.PositionAxis(true),
        Y = new("effective rank of M"),
        Series =
        [
            .. runs.Select((run, i) => new Series(
                i == 0 ? "merged" : "separate", SeriesRole.Measured, [.. run.Training.Checkpoints.Select(c => c.Time!.Value)],
                [.. run.Training.Checkpoints.Select(c => EffectiveRank.Of(InContextMatrix(run, c.Weights)))], i)),
        ],
    };

    private static FactoredMatrix InContextMatrix(RegressionFindings run, double[] weights)
    {
        int D = run.Study.Model.InputDimension;
        double[] M = run.Study.Model.InContextMatrix(weights);
        var matrix = new double[D, D];
        Buffer.BlockCopy(M, 0, matrix, 0, M.Length * sizeof(double));
        return FactoredMatrix.Dense(matrix);
    }

    /// <summary>The formula as it stands, in plain loops, against the kernels.</summary>
    private static double DifferenceByHand(RegressionFindings run)
    {
        RegressionStudy study = run.Study;
        double[] weights = run.Training.Checkpoints[^1].Weights, predictions = study.Predictions(weights, ByHand);
        int D = study.Model.InputDimension, tokens = study.Examples.ContextLength + 1;
        var x = new double[tokens * (D + 1)];
        double largest = 0;
        for (int i = 0; i < ByHand; i++)
        {
            study.Examples.Read(i, x);
            double prediction = 0;
            for (int h = 0; h < study.Model.Heads; h++)
            {
                (double[] V, double[,] KQ) = Layers(study.Model, weights, h);
                double[] scores =
                [
                    .. Enumerable.Range(0, tokens).Select(n => Enumerable.Range(0, D + 1).Sum(
                        a => Enumerable.Range(0, D).Sum(b => x[n * (D + 1) + a] * KQ[a, b] * x[(tokens - 1) * (D + 1) + b]))),
                ];
                double top = scores.Max(), sum = scores.Sum(s => Math.Exp(s - top));
                for (int n = 0; n < tokens; n++)
                {
                    double value = V[D] * x[n * (D + 1) + D] + Enumerable.Range(0, D).Sum(a => V[a] * x[n * (D + 1) + a]);
                    prediction += value * Math.Exp(scores[n] - top) / sum;
                }
            }

            largest = Math.Max(largest, Math.Abs(prediction - predictions[i]));
        }

        return largest;
    }

    /// <summary>The last row of a head's value matrix, and the columns of its KQ that meet the query's inputs.</summary>
    private static (double[] V, double[,] KQ) Layers(AttentionModel model, double[] weights, int head)
    {
        int D = model.InputDimension;
        var KQ = new double[D + 1, D];
        if (model is not SeparateAttention separate)
        {
            MergedHead merged = ((MergedModel)model).Head(weights, head);
            for (int b = 0; b < D; b++)
            {
                for (int a = 0; a < D; a++)
                    KQ[a, b] = merged.KeyQuery[a, b];
                KQ[D, b] = merged.KeyQueryLabel[b];
            }

            return ([.. merged.ValueInput, merged.Value], KQ);
        }

        SeparateHead own = separate.Head(weights, head);
        for (int b = 0; b < D; b++)
        {
            for (int a = 0; a <= D; a++)
            {
                for (int r = 0; r < own.Key.Rows; r++)
                    KQ[a, b] += (a < D ? own.Key[r, a] : own.KeyLabel[r]) * own.Query[r, b];
            }
        }

        return ([.. own.ValueInput, own.Value], KQ);
    }

    private static Table Table(string title, Comparison comparison) => new(
        $"{title}: each plateau beside that of linear attention",
        ["plateau", "components learned", "loss", "linear theory", "ends at time", "linear theory", "closest algorithm in context",
            "relative MSE to it"],
        [.. comparison.Plateaus.Select((p, i) => (IReadOnlyList<string>)
        [
            $"{i + 1}", Components(p.Learned), Number(p.Measured.Height), Number(p.Predicted?.Height),
            i == comparison.Plateaus.Count - 1 ? "—" : Number(p.Measured.End), Number(p.Predicted?.End), p.Algorithm?.Name ?? "—",
                Number(p.Algorithm?.RelativeErrors[p.Algorithm.Components]),
        ])]);
}
