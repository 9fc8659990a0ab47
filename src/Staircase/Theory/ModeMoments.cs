using MathNet.Numerics.LinearAlgebra;

namespace Staircase;

/// <summary>
/// All that the theory of modes needs to know of a task or of a data set: with M = Σ m_d e_d e_dᵀ the loss is
/// L = L₀ − Σ (2 b_d m_d − α_d m_d²), where b_d drives mode d and α_d stops it.
/// </summary>
/// <remarks>
/// Population, Ω commuting with Λ: b_d = ⟨sN⟩ λ_d² ω_d and α_d = A_d λ_d, A as in <see cref="PopulationLoss"/> (Zhang et al. 2025, Eq.
/// 14–15: b_d = λ_d², α_d = λ_d³(1 + (1 + tr Λ/λ_d)/N)); a mixture of tasks enters as in <see cref="MixtureStaircase"/>. A data set has
/// b_d and α_d of its own, and its modes couple a little: α is then a
/// matrix.
/// </remarks>
public sealed class ModeMoments
{
    /// <summary>Modes whose drive is more than this share of the strongest in their space are one space with it.</summary>
    private const double NearlyEqual = 0.95;

    /// <summary>Relative to the largest: a direction of the loss that curves less is flat up to rounding.</summary>
    private const double SmallestCurvature = 1e-13;

    private readonly Matrix _saturation;

    private ModeMoments(
        double zeroLoss, double[] drive, Matrix saturation, double[,]? basis,
        IAttentionLoss loss, double[,]? lossBasis)
    {
        (Loss, LossBasis) = (loss, lossBasis);
        ZeroLoss = zeroLoss;
        Drive = drive;
        _saturation = saturation;
        Basis = basis;
        Order = [.. Range(0, drive.Length).OrderByDescending(d => drive[d])];
        Spaces = SpacesOf(drive, Order);
    }

    /// <summary>L₀, the loss of the zero function.</summary>
    public double ZeroLoss { get; }

    /// <summary>b_d, in the order of the spectrum.</summary>
    public IReadOnlyList<double> Drive { get; }

    /// <summary>Columns are the eigenvectors e_d; null is the identity.</summary>
    public double[,]? Basis { get; }

    /// <summary>Mode numbers by descending drive: the order in which separate attention learns them.</summary>
    public IReadOnlyList<int> Order { get; }

    /// <summary>
    /// The modes in groups of nearly equal drive, by descending drive. In such a space a head takes the direction that it happens to start
    /// in, so that directions are counted, not axes; most spaces have one mode.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<int>> Spaces { get; }

    /// <summary>The exact loss that the moments are those of.</summary>
    internal IAttentionLoss Loss { get; }

    /// <summary>The basis in which <see cref="Loss"/> takes its maps, as columns; null is that of the tokens.</summary>
    internal double[,]? LossBasis { get; }

    /// <summary>Whether modes decouple: those of a task do, those of a data set nearly.</summary>
    internal bool AreExact => Loss is PopulationLoss;

    /// <summary>D.</summary>
    public int Count => Drive.Count;

    /// <summary>α_d.</summary>
    public double Saturation(int mode) => _saturation[mode, mode];

    /// <summary>The strength m_d = b_d/α_d at which mode d, alone, stops growing (Zhang et al. 2025, Eq. 18).</summary>
    public double FullStrength(int mode) => Drive[mode] == 0 ? 0 : Drive[mode] / Saturation(mode);

    /// <summary>
    /// Whether mode d has a drive and a full strength: of a sample the curvature of a mode of next to no variance may be lost in rounding.
    /// </summary>
    internal bool IsLearnable(int mode) => Drive[mode] > 0 && FullStrength(mode) is > 0 and < double.PositiveInfinity;

    /// <summary>By how much mode d, alone, lowers the loss: b_d²/α_d (Zhang et al. 2025, Eq. 19).</summary>
    public double Gain(int mode) => Drive[mode] * FullStrength(mode);

    /// <summary>The loss where the given modes have stopped growing and the others are zero.</summary>
    public double PlateauHeight(IReadOnlyCollection<int> learned)
    {
        int[] modes = [.. learned];
        return ZeroLoss - Strengths(modes).Select((m, i) => m * Drive[modes[i]]).Sum();
    }

    /// <summary>
    /// The loss where each mode has a given strength, L₀ − 2 bᵀm + mᵀαm: in a data set modes couple, so that α is not diagonal.
    /// </summary>
    /// <param name="strengths">m_d, in the order of the spectrum.</param>
    public double LossAt(ReadOnlySpan<double> strengths)
    {
        double loss = ZeroLoss;
        for (int d = 0; d < strengths.Length; d++)
        {
            double pull = 0;
            for (int e = 0; e < strengths.Length; e++)
                pull += _saturation[d, e] * strengths[e];
            loss += strengths[d] * (pull - 2 * Drive[d]);
        }

        return loss;
    }

    /// <summary>
    /// Which modes have grown past half their full strength, by descending drive; in a space of nearly equal drives as many of them as it
    /// has learned directions, those first that have grown most.
    /// </summary>
    public int[] Learned(IReadOnlyList<double> strengths) =>
    [
        .. Spaces.SelectMany(space => space
            .OrderByDescending(d => strengths[d] / FullStrength(d))
            .Take((int)Ceiling(LearnedDirections(space, strengths) - 0.5))
            .OrderByDescending(d => Drive[d])),
    ];

    /// <summary>How many directions of a space have been learned, Σ m_d / m_d,full over its modes: whatever the axes in it.</summary>
    public double LearnedDirections(IReadOnlyList<int> space, IReadOnlyList<double> strengths)
    {
        double sum = 0;
        foreach (int d in space)
        {
            if (IsLearnable(d))
                sum += strengths[d] / FullStrength(d);
        }

        return sum;
    }

    /// <summary>Whether two sets of modes are the same directions: as many modes of each space.</summary>
    public bool AreSameDirections(IReadOnlyCollection<int> one, IReadOnlyCollection<int> other) =>
        Spaces.All(space => space.Count(one.Contains) == space.Count(other.Contains));

    /// <summary>The exact moments of a task.</summary>
    /// <exception cref="InvalidOperationException">Ω does not commute with Λ (its modes do not decouple), or some sequences are
    /// in-weight.</exception>
    public static ModeMoments Of(RegressionTask task)
    {
        if (!task.Commutes)
        {
            throw new InvalidOperationException(
                "The theory of modes needs a task covariance that commutes with the input covariance: give it as eigenvalues in the "
                + "inputs' eigenbasis.");
        }

        if (task.TaskVectors is not null)
            throw new InvalidOperationException("The theory of modes is that of Gaussian tasks; give the task vectors' second moment "
                + "instead.");
        if (task.InContextFraction != 1)
            throw new InvalidOperationException("The theory of modes knows in-context sequences only; the in-context fraction must be 1.");
        ContextMoments context = task.ContextMoments();
        double[] λ = task.InputEigenvalues.ToArray();
        double[] labels = [.. λ.Select((x, d) => x * task.TaskCovarianceAt(d, d))];
        double labelVariance = labels.Sum();
        double[] drive = [.. λ.Select((x, d) => task.Agreement * context.Linear * x * labels[d])];
        var saturation = Matrix.Build.DenseOfDiagonalArray([.. λ.Select((x, d) =>
            x * ((task.Agreement * context.Square + (2 - task.Agreement) * context.Fluctuation) * x * labels[d]
                + context.Fluctuation * (labelVariance + task.LabelNoise) * x))]);
        return new(labelVariance, drive, saturation, task.Basis, (task with { Basis = null }).PopulationLoss(), task.Basis);
    }

    /// <summary>
    /// The moments of a data set, along its own principal directions: the eigenvectors of the symmetric part of mean y_q β x_qᵀ.
    /// </summary>
    /// <param name="loss">The data set's moments.</param>
    /// <param name="basis">
    /// Columns are the eigenvectors of the inputs, whose order and signs the data's directions take over; null is the identity.
    /// </param>
    /// <remarks>A finite sample turns its principal directions by O(1/√P); heads follow the sample's.</remarks>
    public static ModeMoments Of(QuadraticLoss loss, double[,]? basis)
    {
        int D = loss.InputDimension, square = D * D;
        var correlation = Vector<double>.Build.Dense(square, loss.FeatureCorrelation);
        var covariance = Matrix.Build.Dense(square, square, loss.FeatureCovariance);
        var drive = Matrix.Build.Dense(D, D, (i, j) => (correlation[i * D + j] + correlation[j * D + i]) / 2);
        double[,] own = Aligned(
            drive.Evd(Symmetricity.Symmetric).EigenVectors,
            basis is null ? Matrix.Build.DenseIdentity(D) : Matrix.Build.DenseOfArray(basis));
        var modes = Matrix.Build.Dense(square, D, (row, d) => own[row / D, d] * own[row % D, d]);
        return new(
            loss.TargetSquare, modes.TransposeThisAndMultiply(correlation).ToArray(), modes.TransposeThisAndMultiply(covariance * modes),
            own, loss, null);
    }

    /// <summary>M = Σ m_d e_d e_dᵀ where the given modes, together, have stopped growing: D×D row-major, token basis.</summary>
    public double[] MapOf(IReadOnlyList<int> learned)
    {
        int D = Count;
        double[] map = new double[D * D], strengths = Strengths(learned);
        for (int k = 0; k < learned.Count; k++)
        {
            for (int i = 0; i < D; i++)
            {
                for (int j = 0; j < D; j++)
                    map[i * D + j] += strengths[k] * Entry(i, learned[k]) * Entry(j, learned[k]);
            }
        }

        return map;

        double Entry(int i, int d) => Basis is { } E ? E[i, d] : i == d ? 1 : 0;
    }

    /// <summary>
    /// The strengths at which the given modes, together, stop growing: the smallest ones where few sequences leave directions open.
    /// </summary>
    private double[] Strengths(IReadOnlyList<int> modes)
    {
        if (modes.Count == 0)
            return [];
        if (AreExact)
            return [.. modes.Select(FullStrength)];
        var b = Vector<double>.Build.Dense(modes.Count, i => Drive[modes[i]]);
        var α = Matrix.Build.Dense(modes.Count, modes.Count, (i, j) => _saturation[modes[i], modes[j]]);
        var eigen = α.Evd(Symmetricity.Symmetric);
        double cutOff = SmallestCurvature * eigen.EigenValues.Max(z => z.Real);
        var inverse = eigen.EigenValues.Map(z => z.Real > cutOff ? 1 / z.Real : 0);
        return (eigen.EigenVectors * eigen.EigenVectors.TransposeThisAndMultiply(b).PointwiseMultiply(inverse)).ToArray();
    }

    /// <summary>Whether every direction of a space is learned alike: its modes have the same drive and the same saturation.</summary>
    internal bool AreAlike(IReadOnlyList<int> space)
    {
        const double rounding = 1e-9;
        return space.All(d => Abs(Drive[d] - Drive[space[0]]) <= rounding * Abs(Drive[d])
            && Abs(Saturation(d) - Saturation(space[0])) <= rounding * Saturation(d));
    }

    private static List<List<int>> SpacesOf(double[] drive, IReadOnlyList<int> order)
    {
        List<List<int>> spaces = [];
        foreach (int d in order)
        {
            if (spaces.Count > 0 && drive[d] > NearlyEqual * drive[spaces[^1][0]])
                spaces[^1].Add(d);
            else
                spaces.Add([d]);
        }

        return spaces;
    }

    /// <summary>Orders and signs eigenvectors as the reference vectors they overlap with most.</summary>
    private static double[,] Aligned(Matrix vectors, Matrix reference)
    {
        int D = vectors.ColumnCount;
        var overlap = reference.TransposeThisAndMultiply(vectors);
        var free = new HashSet<int>(Range(0, D));
        var aligned = new double[D, D];
        for (int d = 0; d < D; d++)
        {
            int best = free.MaxBy(k => Abs(overlap[d, k]));
            free.Remove(best);
            double sign = overlap[d, best] < 0 ? -1 : 1;
            for (int i = 0; i < D; i++)
                aligned[i, d] = sign * vectors[i, best];
        }

        return aligned;
    }
}
