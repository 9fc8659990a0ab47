namespace Staircase;

/// <summary>
/// In-context linear regression: sequences of pairs (xₙ, wᵀxₙ + noise) followed by a query x_q whose label wᵀx_q is asked for.
/// </summary>
/// <remarks>
/// x ~ N(0, Λ), w ~ N(0, Ω) fresh for each sequence (Zhang et al. 2025, §2.1; the papers take Ω = I and no noise).
/// Ω is given in the eigenbasis of Λ, so that a diagonal Ω is the commuting case in which modes decouple.
/// </remarks>
public sealed record RegressionTask
{
    private RegressionTask(Spectrum spectrum, int contextLength)
    {
        if (contextLength < 1)
            throw new ArgumentException($"The context length must be at least 1, not {contextLength}.");
        Spectrum = spectrum;
        ContextLength = contextLength;
    }

    /// <summary>Eigenvalues of the input covariance Λ, descending.</summary>
    public Spectrum Spectrum { get; }

    /// <summary>N, the number of (x, y) pairs before the query.</summary>
    public int ContextLength { get; }

    /// <summary>D, the dimension of the inputs without the label.</summary>
    public int InputDimension => Spectrum.Dimension;

    /// <summary>N + 1: the context pairs and the query.</summary>
    public int TokenCount => ContextLength + 1;

    /// <summary>λ₁ ≥ … ≥ λ_D.</summary>
    public ReadOnlySpan<double> InputEigenvalues => Spectrum.Eigenvalues;

    /// <summary>Orthogonal D×D matrix whose column d is the eigenvector e_d of Λ; null is the identity.</summary>
    public double[,]? Basis { get; init; }

    /// <summary>Ω in the eigenbasis of Λ, D×D symmetric positive semidefinite; null is the identity.</summary>
    public double[,]? TaskCovariance { get; init; }

    /// <summary>σ², the variance of the noise on the context labels; the query's target is noise-free.</summary>
    public double LabelNoise { get; init; }

    /// <summary>
    /// Whether the loss is averaged over the context lengths 1 … N: every prefix of a sequence is asked for its own next label (<see
    /// cref="SequencePrefix"/>), which has its noise, where the population loss leaves that constant out.
    /// </summary>
    public bool VaryContext { get; init; }

    /// <summary>
    /// The fraction c of in-context sequences. For 0 &lt; c &lt; 1 the others share one task vector of length √D;
    /// for c = 0 that vector labels the query only and the context labels are noise N(0, 1) (the authors' code).
    /// </summary>
    public double InContextFraction { get; init; } = 1;

    /// <summary>The components whose task vectors the tokens of one sequence follow; null is one vector for all of them.</summary>
    public TaskMixture? Mixture { get; init; }

    /// <summary>
    /// The finitely many task vectors that sequences take in turn, in the basis of the tokens; null draws each from N(0, Ω). Sequences know
    /// them; the theory of one task takes their second moment for Ω instead (<see cref="FiniteTaskSet"/>).
    /// </summary>
    public IReadOnlyList<double[]>? TaskVectors { get; init; }

    /// <summary>What the attention sum is divided by.</summary>
    public OutputScale OutputScale { get; init; }

    /// <summary>κ̄, how much the tasks of two tokens of a sequence have in common: 1 without a mixture.</summary>
    public double Agreement => Mixture?.Agreement ?? 1;

    /// <summary>Whether Ω is diagonal in the eigenbasis of Λ.</summary>
    public bool Commutes
    {
        get
        {
            if (TaskCovariance is not { } Ω)
                return true;
            for (int i = 0; i < InputDimension; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    if (Ω[i, j] != 0 || Ω[j, i] != 0)
                        return false;
                }
            }

            return true;
        }
    }

    /// <summary>A task in the eigenbasis of its input covariance, with Ω = I and no noise.</summary>
    /// <exception cref="ArgumentException">The context length is not positive.</exception>
    public static RegressionTask Create(Spectrum spectrum, int contextLength) => new(spectrum, contextLength);

    /// <summary>The context lengths that occur in the loss.</summary>
    public IEnumerable<int> ContextLengths() =>
        VaryContext ? Range(1, ContextLength) : [ContextLength];

    /// <summary>Averages over context lengths that the population loss depends on.</summary>
    public ContextMoments ContextMoments() => Staircase.ContextMoments.Of(ContextLengths(), OutputScale);

    /// <summary>The same task in a random orthogonal basis drawn from the seed (Haar measure).</summary>
    public RegressionTask InRandomBasis(ulong seed) => this with { Basis = RandomBasis.Draw(InputDimension, seed) };

    /// <summary>Entry (i, j) of Ω in the eigenbasis.</summary>
    public double TaskCovarianceAt(int i, int j) => TaskCovariance is { } Ω ? Ω[i, j] : i == j ? 1 : 0;

    /// <summary>The exact expected loss over all sequences.</summary>
    /// <exception cref="InvalidOperationException">Some sequences are in-weight (then only samples are supported).</exception>
    public PopulationLoss PopulationLoss() => new(this);

    /// <summary>Finitely many sequences, drawn again from the seed whenever they are read.</summary>
    public Sample Sample(int count, ulong seed, SampleCorrections corrections = SampleCorrections.None) =>
        new(this, count, seed, corrections);

    /// <summary>Checks every property, naming the first that is out of range.</summary>
    /// <exception cref="ArgumentException">A property is out of range or misshapen.</exception>
    public RegressionTask Validated()
    {
        int D = InputDimension;
        if (!double.IsFinite(LabelNoise) || LabelNoise < 0)
            throw new ArgumentException($"The label noise must be a variance ≥ 0, not {LabelNoise:R}.");
        if (!(InContextFraction is >= 0 and <= 1))
            throw new ArgumentException($"The in-context fraction must lie in [0, 1], not {InContextFraction:R}.");
        if (TaskVectors is { } vectors && (vectors.Count == 0 || vectors.Any(w => w.Length != D)))
            throw new ArgumentException($"Task vectors must be at least one, each of length {D}.");
        if (Mixture is not null && InContextFraction != 1)
            throw new ArgumentException($"A mixture of tasks is in-context; the in-context fraction must be 1, not {InContextFraction:R}.");
        if (Basis is { } E && (E.GetLength(0) != D || E.GetLength(1) != D))
            throw new ArgumentException($"The basis is {E.GetLength(0)}×{E.GetLength(1)}, expected {D}×{D}.");
        if (Basis is not null)
            RequireOrthogonal(Basis);
        if (TaskCovariance is { } Ω)
        {
            if (Ω.GetLength(0) != D || Ω.GetLength(1) != D)
                throw new ArgumentException($"The task covariance is {Ω.GetLength(0)}×{Ω.GetLength(1)}, expected {D}×{D}.");
            for (int i = 0; i < D; i++)
            {
                for (int j = 0; j < D; j++)
                {
                    if (!double.IsFinite(Ω[i, j]) || Ω[i, j] != Ω[j, i])
                    {
                        throw new ArgumentException(
                            $"The task covariance must be finite and symmetric; entries ({i},{j}) and ({j},{i}) are {Ω[i, j]:R} and "
                            + $"{Ω[j, i]:R}.");
                    }
                }

                if (Ω[i, i] < 0)
                    throw new ArgumentException($"The task covariance must be positive semidefinite; entry ({i},{i}) is {Ω[i, i]:R}.");
            }

            if (!Commutes)
                TaskFactors.SquareRoot(Ω); // refuses an indefinite one
        }

        return this;
    }

    /// <summary>Refuses a matrix that rotates to less than single precision.</summary>
    private static void RequireOrthogonal(double[,] E)
    {
        const double tolerance = 1e-6;
        int D = E.GetLength(0);
        double[] basis = new double[D * D], products = new double[D * D];
        Buffer.BlockCopy(E, 0, basis, 0, D * D * sizeof(double));
        MatrixProduct.Of(1, basis.AsMatrix(D, D).Transposed, basis.AsMatrix(D, D), products);
        for (int i = 0; i < products.Length; i++)
        {
            double expected = i % D == i / D ? 1 : 0;
            if (!(Abs(products[i] - expected) <= tolerance))
            {
                throw new ArgumentException(
                    $"The basis must be orthogonal; the product of columns {i / D} and {i % D} is {products[i]:R}, expected {expected}.");
            }
        }
    }
}
