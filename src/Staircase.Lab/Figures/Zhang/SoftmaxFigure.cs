namespace Staircase.Lab;

/// <summary>
/// Zhang et al. 2025, Fig. 5: with a softmax, too, merged keys and queries lose their loss in one drop, separate ones in several.
/// </summary>
internal sealed class SoftmaxFigure() : RunFigure(
    "softmax", "Softmax attention",
    "softmax attention: one drop merged, several separate", Zhang("Fig. 5"),
    MergedCurve.Result, HeadRace.Result, SeparateFixedPoints.Result)
{
    /// <summary>Two programs for the same formula in double precision, over some hundred operations a prediction.</summary>
    private const double Rounding = 1e-11;

    private const int ByHand = 50;

    public override ReportSection Reproduce(Bench bench)
    {
        // One after the other: each uses all cores by itself.
        RegressionFindings merged = bench.Regress(Setting(bench) with
        {
            Attention = AttentionKind.Merged,
            Heads = 8,
            InitScheme = InitializationScheme.Full,
            Init = 1e-6,
            Until = 300,
        });
        RegressionFindings separate = bench.Regress(
            Setting(bench) with { Attention = AttentionKind.Separate, Heads = 5, Init = 0.01, Until = 4000 });
        return Titled with
        {
            Lead = "$\\hat y_q = \\sum_h (V_h X\\, \\mathrm{softmax}(X^\\top KQ_h x_q))_{D+1}$, the softmax over all tokens. "
                + "Beside it the theory of linear attention with the same weights that divides by the number of tokens.",
            Plots =
            [
                RegressionPlots.Loss(merged) with { Id = "merged", Title = "Merged key and query" },
                RegressionPlots.Loss(separate) with { Id = "separate", Title = "Separate keys and queries of rank 1" },
                Ranks(("merged", merged), ("separate", separate)),
            ],
            Weights = RegressionWeights.Of(separate) is { } maps ? [maps] : [],
            Settings = separate.Study.Settings,
            Checks = [.. Checks(merged, separate)],
            Tables = [BesideLinear("Merged", merged.Comparison!), BesideLinear("Separate", separate.Comparison!)],
            Notes =
            [
                "Gradient flow of the loss over the sample: a softmax averages over tokens where the authors' linear code sums, "
                + "so that at the rates of Figs. 1 and 3 the drops would lie beyond their numbers of epochs, and with larger steps "
                + "gradient descent leaves the flow.",
                "The components come in the order of linear attention and at about its heights, but sooner: "
                + "the theory's times are those of the linear model.",
                "The loss ends a little below the minimum of linear attention: a softmax can weigh tokens by more than a product of two.",
            ],
        };
    }

    /// <remarks>Of a thousand sequences: every step goes through all tokens.</remarks>
    public override Experiment Setting(ulong seed) =>
        Setting(isQuick: true) with { Attention = AttentionKind.Separate, Init = 0.01, Until = 4000, Seed = seed };

    protected override FigurePart Draw(Run one)
    {
        var run = RegressionFindings.Of(one);
        Plot[] ranks = run.Training is { HasTime: true, Checkpoints.Count: > 0 } ? [Ranks(("M", run))] : [];
        return new(
            [RegressionPlots.Loss(run), .. ranks],
            run.Comparison is { } comparison ? [BesideLinear("The softmax", comparison)] : run.Findings.Tables, []);
    }

    private static RegressionExperiment Setting(Bench bench) => Setting(bench.Quick);

    private static RegressionExperiment Setting(bool isQuick) => new()
    {
        Softmax = true,
        Data = new(DataKind.Sample, isQuick ? 1000 : 5000),
        Whiten = true,
        Centre = true,
        Optimizer = OptimizerKind.Flow,
        Tolerance = 1e-4,
        Checkpoints = Schedule.Every(5),
        Seed = 1,
    };

    private static IEnumerable<Check> Checks(RegressionFindings merged, RegressionFindings separate)
    {
        IEnumerable<int> components = Range(0, separate.Study.Model.InputDimension + 1);
        yield return Check.Same("merged: number of drops", Zhang("Fig. 5"), $"{merged.Plateaus.Count - 1}", "1");
        yield return Same(
            "separate: components learned, plateau by plateau", Zhang("Fig. 5"),
            separate.Comparison!.Plateaus.Select(Learned), components.Select(m => Components([.. Range(0, m)])), "; ");
        yield return Check.AtMost(
            $"predictions on {ByHand} sequences against the formula, token by token, largest |Δŷ|", Zhang("§6"),
            Max(DifferenceByHand(merged), DifferenceByHand(separate)), Rounding);
    }

    private static string Learned(ComparedPlateau plateau) => Components([.. plateau.Learned.Order()]);

    private static Plot Ranks(params (string Name, RegressionFindings Run)[] runs) => RegressionPlots.OverTime(
        "rank", "Effective rank of the in-context matrix $M = \\sum_h v_h KQ_h$", "effective rank of M",
        "How many principal components the model has, by the entropy of the singular values: "
        + "up at once when merged, one after the other when separate.",
        runs.Select((run, i) => Series.Measured(
            run.Name, run.Run.Training.Checkpoints, c => c.Time!.Value, c => EffectiveRank.Of(InContextMatrix(run.Run, c.Weights)), i)));

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
        (RegressionStudy study, double[] weights) = (run.Study, run.Training.FinalWeights);
        double[] predictions = study.Predictions(weights, ByHand);
        int W = study.Model.InputDimension + 1;
        (double[] V, double[,] KQ)[] heads = [.. Range(0, study.Model.Heads).Select(h => Layers(study.Model, weights, h))];
        var x = new double[(study.Examples.ContextLength + 1) * W];
        return Range(0, ByHand).Max(i =>
        {
            study.Examples.Read(i, x);
            double[][] tokens = [.. x.Chunk(W)];
            return Abs(heads.SelectMany(head => Reads(head.V, head.KQ, tokens)).Sum() - predictions[i]);
        });
    }

    /// <summary>What a head reads off each token: softmax(xₙᵀ KQ x_q)ₙ · V xₙ.</summary>
    private static IEnumerable<double> Reads(double[] V, double[,] KQ, double[][] tokens)
    {
        int D = V.Length - 1;
        double[] query = tokens[^1];
        double[] scores = [.. tokens.Select(x => x.Select((xa, a) => Range(0, D).Sum(b => xa * KQ[a, b] * query[b])).Sum())];
        double top = scores.Max(), sum = scores.Sum(s => Exp(s - top));
        return tokens.Zip(scores, (x, s) => (V[D] * x[D] + Range(0, D).Sum(a => V[a] * x[a])) * Exp(s - top) / sum);
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

    private static Table BesideLinear(string title, Comparison comparison) => Table.Of(
        $"{title}: each plateau beside that of linear attention",
        [
            "plateau", "components learned", "loss", "linear theory", "ends at time", "linear theory", "closest algorithm in context",
            "relative MSE to it",
        ],
        comparison.Plateaus.Select((plateau, i) => (Plateau: plateau, Number: i + 1)),
        row =>
        [
            $"{row.Number}", Learned(row.Plateau), Number(row.Plateau.Measured.Height), Number(row.Plateau.Predicted?.Height),
            row.Number == comparison.Plateaus.Count ? "—" : Number(row.Plateau.Measured.End), Number(row.Plateau.Drop?.Time),
            row.Plateau.Algorithm?.Name ?? "—", Number(row.Plateau.Algorithm?.RelativeErrors[row.Plateau.Algorithm.Components]),
        ]);
}
