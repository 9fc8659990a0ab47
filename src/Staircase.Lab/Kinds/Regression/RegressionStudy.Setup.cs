using MathNet.Numerics.LinearAlgebra;

namespace Staircase.Lab;

/// <content>What an experiment is made of: task, model, loss.</content>
public sealed partial class RegressionStudy
{
    private static void Check(RegressionExperiment e)
    {
        bool sampled = e.Data.Kind == DataKind.Sample, drawn = e.Data.Kind != DataKind.File, online = e.Data.Kind == DataKind.Online;
        Require(
            e.Momentum is null || e.EffectiveOptimizer is not (OptimizerKind.Gd or OptimizerKind.Flow),
            "‹momentum› belongs to ‹optimizer› momentum, muon or adam.");
        Require(e.WeightDecay == 0 || !e.IsFlow, "‹weight-decay› belongs to a discrete optimizer; the flow has none.");
        Require(!e.IsFlow || !online, "‹optimizer› flow needs a fixed loss: online data take gd, momentum, adam or muon.");
        Require(e.IsFlow || e.Until is null, "‹until› is a time of the flow; a discrete optimizer takes ‹steps›.");
        Require(!e.IsFlow || e.Steps is null, "‹steps› counts steps of a discrete optimizer; the flow takes ‹until›.");
        Require(!(e.Whiten || e.Centre) || sampled, "‹whiten› and ‹centre› correct a sample: they need ‹data› sample:P.");
        RequireDrawn(e.TaskCovariance is null, "task-covariance");
        RequireDrawn(e.Noise == 0, "noise");
        RequireDrawn(e.Mixture is null, "mixture");
        Require(
            e.Mixture is null || e.InContextFraction == 1 && e.Test is null,
            "‹mixture› mixes the tasks of a context: it goes with neither ‹in-context-fraction› nor ‹test›.");
        RequireDrawn(e.Test is null, "test");
        Require(
            e.Test is null || e.Data.Kind != DataKind.Sample || (long)e.Data.Count + e.Test < int.MaxValue,
            "‹test› and ‹data› together are more sequences than can be numbered.");
        RequireDrawn(e.InContextFraction == 1, "in-context-fraction");
        Require(e.Fork is null || e.Weights is null, "‹fork› and ‹weights› are both initial weights: give one of them.");
        Require(e.Rank is null || e.Attention is null or AttentionKind.Separate, "‹rank› belongs to ‹attention› separate.");
        Require(
            !e.Softmax || e.Data.Kind != DataKind.Population,
            "‹softmax› has no exact population loss: take ‹data› sample:P, online:B or FILE.npz.");
        Require(!e.Curvature || !e.Softmax, "‹curvature› is that of linear attention: leave ‹softmax› out.");
        Require(!e.Softmax || e.Attention != AttentionKind.Cubic, "‹softmax› needs keys and queries: ‹attention› merged or separate.");

        void RequireDrawn(bool holds, string key) => Require(
            drawn || holds, $"‹{key}› says how sequences are drawn; those of a data file are there already.");
    }

    /// <summary>
    /// What the linear attention divides by whose theory applies: that of small scores gives each of the N + 1 tokens the same weight.
    /// </summary>
    private static OutputScale LinearScale(RegressionExperiment e) => e.Softmax ? OutputScale.Tokens : e.EffectiveScale;

    private static RegressionTask TaskOf(RegressionExperiment e, TokenArray? file)
    {
        if (file is not null)
        {
            Require(
                (e.Dimension ?? file.InputDimension) == file.InputDimension,
                $"{e.Data.Path} has inputs of dimension {file.InputDimension}, but ‹dim› is {e.Dimension}.");
            return EstimatedTask(file, e.Data.Path!) with { OutputScale = LinearScale(e), VaryContext = e.VaryContext };
        }

        Spectrum spectrum = e.Eigenvalues();
        RegressionTask task = RegressionTask.Create(spectrum, e.Context) with
        {
            LabelNoise = e.Noise,
            Mixture = e.Mixture,
            VaryContext = e.VaryContext,
            InContextFraction = e.InContextFraction,
            OutputScale = LinearScale(e),
        };
        if (e.TaskCovariance is { } ω)
        {
            Require(
                ω.Length == spectrum.Dimension,
                $"‹task-covariance› has {ω.Length} eigenvalues, expected {spectrum.Dimension} (one a dimension).");
            task = task with { TaskCovariance = Matrix<double>.Build.DenseOfDiagonalArray(ω).ToArray() };
        }

        return e.EffectiveBasis == BasisKind.Random ? task.InRandomBasis(e.DataSeed ?? e.Seed) : task;
    }

    /// <summary>The eigenvalues of the input covariance of a data file, over all its tokens, descending.</summary>
    internal static double[] SpectrumOf(TokenArray file, string path) => EstimatedTask(file, path).InputEigenvalues.ToArray();

    /// <summary>The input covariance of a data file, over all its tokens, as a task to project on.</summary>
    private static RegressionTask EstimatedTask(TokenArray file, string path)
    {
        int D = file.InputDimension, tokens = file.ContextLength + 1, width = D + 1;
        var covariance = Matrix<double>.Build.Dense(D, D);
        var buffer = new double[tokens * width];
        for (long i = 0; i < file.Count; i++)
        {
            file.Read(i, buffer);
            for (int n = 0; n < tokens; n++)
            {
                for (int a = 0; a < D; a++)
                {
                    for (int b = 0; b < D; b++)
                        covariance[a, b] += buffer[n * width + a] * buffer[n * width + b];
                }
            }
        }

        covariance /= (double)file.Count * tokens;
        var eigen = covariance.Evd(Symmetricity.Symmetric);
        int[] order = [.. Range(0, D).OrderByDescending(d => eigen.EigenValues[d].Real)];
        double floor = 1e-12 * eigen.EigenValues[order[0]].Real;
        var basis = new double[D, D];
        for (int d = 0; d < D; d++)
        {
            for (int i = 0; i < D; i++)
                basis[i, d] = eigen.EigenVectors[i, order[d]];
        }

        Require(floor > 0, $"{path}: all inputs are zero.");
        var spectrum = Spectrum.Of(order.Select(d => Max(eigen.EigenValues[d].Real, floor)));
        return RegressionTask.Create(spectrum, file.ContextLength) with { Basis = basis };
    }

    private static (AttentionModel Model, double[] Weights) ModelOf(RegressionExperiment e, int D)
    {
        if (e.Weights is { } path)
        {
            (AttentionModel read, double[] weights) = WeightsFile.Read(path, D, e.Attention);
            Require((e.Heads ?? read.Heads) == read.Heads, $"{path} has {read.Heads} heads, but ‹heads› is {e.Heads}.");
            if (e.Rank is { } rank && (read as SeparateAttention)?.Rank != rank)
            {
                string found = read is SeparateAttention separate ? $"keys of rank {separate.Rank}" : "no keys of a rank of their own";
                throw new InputException($"{path} has {found}, but ‹rank› is {rank}.");
            }

            return (read, weights);
        }

        AttentionModel model = e.Attention switch
        {
            AttentionKind.Merged => new MergedAttention(D, e.Heads ?? 2 * D),
            AttentionKind.Cubic => new CubicFeatureNetwork(D, e.Heads ?? 2 * D),
            _ => new SeparateAttention(D, e.Heads ?? D + 1, e.Rank ?? 1),
        };
        return (model, e.Fork?.Weights<double>(model.Layout) ?? model.Initialize(e.Init, e.InitSeed ?? e.Seed, e.InitScheme));
    }

    private static SampleCorrections CorrectionsOf(RegressionExperiment e) =>
        (e.Whiten ? SampleCorrections.WhitenTasks : SampleCorrections.None)
            | (e.Centre ? SampleCorrections.CentreInputs : SampleCorrections.None);

    private static IAttentionLoss LossOf(
        RegressionExperiment e, RegressionTask task, ISequenceSource? sequences, ulong seed, PopulationLoss? population,
            IProgress<double>? progress, CancellationToken cancellation)
    {
        if (e.Data.Kind == DataKind.Population)
        {
            return population ?? throw new InputException(
                "‹data› population knows in-context sequences only; with ‹in-context-fraction› below 1 take ‹data› sample:P or online:B.");
        }

        if (e.Data.Kind == DataKind.Online)
        {
            IStatisticSource stream = BartlettStatistics.Applies(task)
                ? new BartlettStatistics(task, long.MaxValue, seed)
                : new TokenStatistics(task.Sample(int.MaxValue, seed), task.OutputScale, task.VaryContext);
            return new OnlineLoss(stream, e.Data.Count);
        }

        var statistics = new TokenStatistics(sequences!, task.OutputScale, task.VaryContext);

        return PrefersMoments(AttentionMap.Length(task.InputDimension), (double)statistics.Count * statistics.StatisticsPerSequence)
            ? QuadraticLoss.From(statistics, progress, cancellation)
            : SequenceLoss.From(statistics);
    }

    /// <summary>Why data have no modes that theory knows; null where they have.</summary>
    private static string? NoModesOf(RegressionTask task, TokenArray? file, IAttentionLoss loss) => task.InContextFraction != 1
        ? "some sequences are in-weight: their one task drives all blocks of the weights together, and components no longer grow apart"
        : !task.Commutes ? "the task covariance does not commute with the input covariance"
        : file is not null && loss is not QuadraticLoss ? "the data are too many-dimensional for their moments"
        : null;

    /// <summary>The modes of what training sees: of the sample itself wherever its moments fit, of the task else.</summary>
    private static ModeMoments MomentsOf(
        RegressionTask task, ISequenceSource? sequences, IAttentionLoss loss, IProgress<double>? progress, CancellationToken cancellation)
    {
        if (!HasOwnMomentsOf(sequences, loss) || sequences is null)
            return ModeMoments.Of(task);
        QuadraticLoss moments = loss as QuadraticLoss ?? QuadraticLoss.From(
            new TokenStatistics(sequences, task.OutputScale, task.VaryContext), progress, cancellation);
        return ModeMoments.Of(moments, task.Basis);
    }

    private static bool HasOwnMomentsOf(ISequenceSource? sequences, IAttentionLoss loss) =>
        sequences is null || loss is QuadraticLoss || QuadraticLoss.MemoryOf(loss.InputDimension) <= LargestMoments;

    /// <summary>Moments cost n² a step, sequences P·n: take what is cheaper and fits.</summary>
    /// <param name="n">The length of a map.</param>
    /// <param name="rows">The statistics of all sequences.</param>
    internal static bool PrefersMoments(double n, double rows) => (n + 1) * (n + 1) * sizeof(double) <= LargestMoments && rows >= n / 4;
}
