namespace Staircase.Lab;

/// <summary>The settings of the papers' figures as experiments, recovered from their text, data and code.</summary>
internal static class Published
{
    /// <summary>As many runs as are published; two where a figure is to be quick.</summary>
    public static ulong[] Seeds(Bench bench) => bench.Quick ? [1, 2] : [1, 2, 3, 4, 5, 6];

    /// <summary>
    /// Zhang et al. 2025, Fig. 1b: merged key and query, D 4, N 31, H 8, P 5000, entries of size 1e-6, learning rate 1e-3 in the authors'
    /// units.
    /// </summary>
    public static RegressionExperiment Merged(ulong seed) => OnSample(seed) with
    {
        Attention = AttentionKind.Merged,
        Heads = 8,
        InitScheme = InitializationScheme.Full,
        Init = 1e-6,
        LearningRate = 1e-3,
        Steps = 6000,
    };

    /// <summary>
    /// Zhang et al. 2025, Fig. 3: separate keys and queries, D 4, N 31, H 5, R 1, P 5000, layers of norm about 1e-2, learning rate 0.02 in
    /// the authors' units.
    /// </summary>
    public static RegressionExperiment Separate(ulong seed) => OnSample(seed) with
    {
        Attention = AttentionKind.Separate,
        Heads = 5,
        Rank = 1,
        InitScheme = InitializationScheme.Layers,
        Init = 1e-2,
        LearningRate = 0.02,
        Steps = 10_000,
    };

    /// <summary>
    /// The same, trained to half as long again as the race predicts for the last drop, or until the drop after the first few.
    /// </summary>
    public static RegressionFindings Separate(Bench bench, ulong seed, int sequences = 5000, int? drops = null)
    {
        RegressionStudy study = bench.Study(Separate(seed) with { Data = new(DataKind.Sample, sequences), Record = Schedule.Every(4) });
        IReadOnlyList<PredictedDrop> predicted = study.Prediction!.Drops;
        double end = drops is { } few ? predicted[few].Time : 1.5 * predicted[^1].Time;
        return bench.Regress(study.With(study.Experiment with { Steps = (long)(end / study.TimePerStep!.Value) }));
    }

    /// <summary>
    /// Zhang et al. 2025, Fig. 4: separate keys and queries of rank R, D 8, N 31, H 9, P 80000, entries of size 5e-3, learning rate 0.02 in
    /// the authors' units.
    /// </summary>
    public static RegressionExperiment Rank(int rank, ulong seed, int sequences) => Separate(seed) with
    {
        Dimension = 8,
        Heads = 9,
        Rank = rank,
        Data = new(DataKind.Sample, sequences),
        InitScheme = InitializationScheme.Full,
        Init = 5e-3,
        Steps = 20_000,
        Record = Schedule.Every(4),
        Checkpoints = Schedule.Every(100),
    };

    private static RegressionExperiment OnSample(ulong seed) => new()
    {
        Data = new(DataKind.Sample, 5000),
        Whiten = true,
        Centre = true,
        Scale = OutputScale.None,
        Optimizer = OptimizerKind.Gd,
        Record = Schedule.All,
        Checkpoints = Schedule.Every(50),
        Seed = seed,
    };
}
