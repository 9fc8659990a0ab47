using MathNet.Numerics.LinearAlgebra;

namespace Staircase;

/// <summary>
/// All that the theory of modes needs to know of a task or of a data set: with M = Σ m_d e_d e_dᵀ the loss is
/// L = L₀ − Σ (2 b_d m_d − α_d m_d²), where b_d drives mode d and α_d stops it.
/// </summary>
/// <remarks>
/// Population, Ω commuting with Λ: b_d = ⟨sN⟩ λ_d² ω_d and α_d = A_d λ_d, A as in <see cref="PopulationLoss"/> (Zhang et al. 2025, Eq.
/// 14–15: b_d = λ_d², α_d = λ_d³(1 + (1 + tr Λ/λ_d)/N)). A data set has b_d and α_d of its own, and its modes couple a little: α is then a
/// matrix.
/// </remarks>
public sealed class ModeMoments
{
    /// <summary>Relative to the largest: a direction of the loss that curves less is flat up to rounding.</summary>
    private const double SmallestCurvature = 1e-13;

    private readonly Matrix<double> _saturation;
    private readonly QuadraticLoss? _data;

    private ModeMoments(
        double zeroLoss, double[] drive, Matrix<double> saturation, double[] inputEigenvalues, double[,]? basis,
        QuadraticLoss? data = null)
    {
        _data = data;
        ZeroLoss = zeroLoss;
        Drive = drive;
        _saturation = saturation;
        InputEigenvalues = inputEigenvalues;
        Basis = basis;
        Order = [.. Enumerable.Range(0, drive.Length).OrderByDescending(d => drive[d])];
    }

    /// <summary>L₀, the loss of the zero function.</summary>
    public double ZeroLoss { get; }

    /// <summary>b_d, in the order of the spectrum.</summary>
    public IReadOnlyList<double> Drive { get; }

    /// <summary>λ_d, in the order of the spectrum.</summary>
    public IReadOnlyList<double> InputEigenvalues { get; }

    /// <summary>Columns are the eigenvectors e_d; null is the identity.</summary>
    public double[,]? Basis { get; }

    /// <summary>Mode numbers by descending drive: the order in which separate attention learns them.</summary>
    public IReadOnlyList<int> Order { get; }

    /// <summary>D.</summary>
    public int Count => Drive.Count;

    /// <summary>α_d.</summary>
    public double Saturation(int mode) => _saturation[mode, mode];

    /// <summary>The strength m_d = b_d/α_d at which mode d, alone, stops growing (Zhang et al. 2025, Eq. 18).</summary>
    public double FullStrength(int mode) => Drive[mode] == 0 ? 0 : Drive[mode] / Saturation(mode);

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

    /// <summary>Which modes have grown past half their full strength.</summary>
    public int[] Learned(IReadOnlyList<double> strengths) =>
        [.. Order.Where(d => Drive[d] > 0 && strengths[d] > 0.5 * FullStrength(d))];

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

        if (task.InContextFraction != 1)
            throw new InvalidOperationException("The theory of modes knows in-context sequences only; the in-context fraction must be 1.");
        ContextMoments context = task.ContextMoments();
        double[] λ = task.InputEigenvalues.ToArray();
        double[] labels = [.. λ.Select((x, d) => x * task.TaskCovarianceAt(d, d))];
        double labelVariance = labels.Sum();
        double[] drive = [.. λ.Select((x, d) => context.Linear * x * labels[d])];
        var saturation = Matrix<double>.Build.DenseOfDiagonalArray([.. λ.Select((x, d) =>
            x * ((context.Square + context.Fluctuation) * x * labels[d] + context.Fluctuation * (labelVariance + task.LabelNoise) * x))]);
        return new(labelVariance, drive, saturation, λ, task.Basis);
    }

    /// <summary>
    /// The moments of a data set, along its own principal directions: the eigenvectors of the symmetric part of mean y_q β x_qᵀ.
    /// </summary>
    /// <param name="loss">The data set's moments.</param>
    /// <param name="basis">
    /// Columns are the eigenvectors of the inputs, whose order and signs the data's directions take over; null is the identity.
    /// </param>
    /// <param name="inputEigenvalues">λ_d in that order.</param>
    /// <remarks>A finite sample turns its principal directions by O(1/√P); heads follow the sample's.</remarks>
    public static ModeMoments Of(QuadraticLoss loss, double[,]? basis, ReadOnlySpan<double> inputEigenvalues)
    {
        int D = loss.InputDimension, square = D * D;
        var correlation = Vector<double>.Build.Dense(square, loss.FeatureCorrelation);
        var covariance = Matrix<double>.Build.Dense(square, square, loss.FeatureCovariance);
        var drive = Matrix<double>.Build.Dense(D, D, (i, j) => (correlation[i * D + j] + correlation[j * D + i]) / 2);
        double[,] own = Aligned(
            drive.Evd(Symmetricity.Symmetric).EigenVectors,
            basis is null ? Matrix<double>.Build.DenseIdentity(D) : Matrix<double>.Build.DenseOfArray(basis));
        var modes = Matrix<double>.Build.Dense(square, D, (row, d) => own[row / D, d] * own[row % D, d]);
        return new(
            loss.TargetSquare, modes.TransposeThisAndMultiply(correlation).ToArray(), modes.TransposeThisAndMultiply(covariance * modes),
            inputEigenvalues.ToArray(), own, loss);
    }

    /// <summary>Whether the moments are those of a data set, in which chance drives the whole map (<see cref="DriveMap"/>).</summary>
    internal bool DrivesWholeMap => _data is not null;

    /// <summary>
    /// −½ ∂L/∂t where the given modes have stopped growing, in the eigenbasis: what drives every coefficient of the map there. For a task
    /// that is diag(b) over the other modes and null is returned; in a data set chance drives the rest of the map a little, too.
    /// </summary>
    internal double[]? DriveMap(IReadOnlyList<int> learned)
    {
        if (_data is null)
            return null;
        double[] map = new double[AttentionMap.Length(Count)], gradient = new double[map.Length], rotated = new double[map.Length];
        MapOf(learned).CopyTo(map, 0);
        _data.Evaluate(map, gradient);
        Staircase.Kernels.VectorKernels.Scale(-0.5, gradient, gradient);
        new MapRotation(Basis!).GradientToEigenbasis(gradient, rotated);
        return rotated;
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
        if (_data is null)
            return [.. modes.Select(FullStrength)];
        var b = Vector<double>.Build.Dense(modes.Count, i => Drive[modes[i]]);
        var α = Matrix<double>.Build.Dense(modes.Count, modes.Count, (i, j) => _saturation[modes[i], modes[j]]);
        var eigen = α.Evd(Symmetricity.Symmetric);
        double cutOff = SmallestCurvature * eigen.EigenValues.Max(z => z.Real);
        var inverse = eigen.EigenValues.Map(z => z.Real > cutOff ? 1 / z.Real : 0);
        return (eigen.EigenVectors * eigen.EigenVectors.TransposeThisAndMultiply(b).PointwiseMultiply(inverse)).ToArray();
    }

    /// <summary>Orders and signs eigenvectors as the reference vectors they overlap with most.</summary>
    private static double[,] Aligned(Matrix<double> vectors, Matrix<double> reference)
    {
        int D = vectors.ColumnCount;
        var overlap = reference.TransposeThisAndMultiply(vectors);
        var free = new HashSet<int>(Enumerable.Range(0, D));
        var aligned = new double[D, D];
        for (int d = 0; d < D; d++)
        {
            int best = free.MaxBy(k => Math.Abs(overlap[d, k]));
            free.Remove(best);
            double sign = overlap[d, best] < 0 ? -1 : 1;
            for (int i = 0; i < D; i++)
                aligned[i, d] = sign * vectors[i, best];
        }

        return aligned;
    }
}
