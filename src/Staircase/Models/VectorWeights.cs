namespace Staircase;

/// <summary>
/// The weights of a linear transformer f(Z) = Z + Wᴾ (ZZᵀ/N) W^Q Z with tokens (x, y), x and y of length D, as far as they reach the
/// query's output.
/// </summary>
/// <remarks>
/// Output: the last D rows of the query's column, so of Wᴾ only its last block row [p₁ p₂] counts, and of W^Q, since the query's label
/// entries are zero, only its first block column [q₁; q₂]. Each block is D×D, row-major, in the eigenbasis of the inputs. With p₁ = q₂ = 0
/// the model is ŷ = p₂ W Λ̂ q₁ x_q (Mainali, Teixeira 2025, Eq. 8), Λ̂ the context's own covariance.
/// </remarks>
public sealed class VectorWeights
{
    private readonly double[] _all;

    /// <summary>A view of weights: not a copy.</summary>
    internal VectorWeights(int dimension, double[] all)
    {
        Dimension = dimension;
        _all = all;
    }

    /// <summary>All blocks zero.</summary>
    /// <exception cref="ArgumentException">The dimension is not positive.</exception>
    public VectorWeights(int dimension)
        : this(dimension, new double[4 * dimension * dimension])
    {
        if (dimension < 1)
            throw new ArgumentException($"The dimension must be at least 1, not {dimension}.");
    }

    /// <summary>The four blocks as a layout: p₂, q₁, p₁, q₂, by the names that checkpoints give them.</summary>
    public static ParameterLayout LayoutOf(int dimension) => ParameterLayout.Of(
    [
        ("value", [dimension, dimension]), ("key_query", [dimension, dimension]),
        ("value_input", [dimension, dimension]), ("key_query_label", [dimension, dimension]),
    ]);

    /// <summary>D.</summary>
    public int Dimension { get; }

    /// <summary>p₂, what turns attended labels into the output.</summary>
    public Span<double> Value => Block(0);

    /// <summary>q₁, how the query's inputs meet the context's inputs.</summary>
    public Span<double> KeyQuery => Block(1);

    /// <summary>p₁, what attended inputs add to the output.</summary>
    public Span<double> ValueInput => Block(2);

    /// <summary>q₂, how the query's inputs meet the context's labels.</summary>
    public Span<double> KeyQueryLabel => Block(3);

    /// <summary>p₂, q₁, p₁, q₂, one after another.</summary>
    public Span<double> All => _all;

    /// <summary>p₂ and q₁: all there is while p₁ = q₂ = 0.</summary>
    public Span<double> InContext => _all.AsSpan(0, 2 * Dimension * Dimension);

    /// <summary>Whether p₁ = q₂ = 0.</summary>
    public bool IsReduced => !_all.AsSpan(2 * Dimension * Dimension).ContainsAnyExcept(0.0);

    /// <summary>Whether, besides, p₂ and q₁ are diagonal.</summary>
    public bool IsAligned
    {
        get
        {
            for (int i = 0; i < 2 * Dimension * Dimension; i++)
            {
                if (_all[i] != 0 && i / Dimension % Dimension != i % Dimension)
                    return false;
            }

            return IsReduced;
        }
    }

    /// <summary>a_i = p_ii q_ii, in the order of the spectrum: how much of mode i has been learned.</summary>
    public double[] Strengths() => Products(Diagonal(Value), Diagonal(KeyQuery));

    /// <summary>
    /// C = ‖[p₁ p₂]‖² − ‖[q₁; q₂]‖², conserved by the flow because p → cp, q → q/c leaves the model as it is (Mainali, Teixeira 2025, App.
    /// A.12).
    /// </summary>
    public double Imbalance() =>
        SumOfSquares(Value) + SumOfSquares(ValueInput)
        - SumOfSquares(KeyQuery) - SumOfSquares(KeyQueryLabel);

    /// <summary>p₂ = diag(p), q₁ = diag(q).</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static VectorWeights Aligned(ReadOnlySpan<double> value, ReadOnlySpan<double> keyQuery)
    {
        if (value.Length != keyQuery.Length)
            throw new ArgumentException($"There are {value.Length} values for {keyQuery.Length} key–query weights.");
        int D = value.Length;
        var weights = new VectorWeights(D);
        for (int i = 0; i < D; i++)
        {
            weights.Value[i * (D + 1)] = value[i];
            weights.KeyQuery[i * (D + 1)] = keyQuery[i];
        }

        return weights;
    }

    /// <summary>p₂ = q₁ = size · I, the papers' start (size √a⁰).</summary>
    public static VectorWeights Aligned(int dimension, double size)
    {
        double[] all = new double[dimension];
        Array.Fill(all, size);
        return Aligned(all, all);
    }

    /// <summary>Independent normal entries of the given standard deviation in p₂ and q₁, or in all blocks.</summary>
    public static VectorWeights Random(int dimension, double scale, ulong seed, bool allBlocks = false)
    {
        var weights = new VectorWeights(dimension);
        for (int block = 0; block < (allBlocks ? 4 : 2); block++)
        {
            Span<double> entries = weights.Block(block);
            new RandomStream(seed, RandomPurpose.Weights, block).FillNormal(entries);
            Scale(scale, entries, entries);
        }

        return weights;
    }

    /// <summary>Weights given in the coordinates of the inputs, in the eigenbasis of their covariance.</summary>
    /// <param name="basis">Columns are the eigenvectors, in the order of the spectrum.</param>
    /// <exception cref="ArgumentException">The basis is of another size.</exception>
    public VectorWeights ToEigenbasis(double[,] basis) => Rotated(basis, true);

    /// <summary>
    /// The way back from <see cref="ToEigenbasis"/>; applied to aligned weights, a start that is misaligned by the rotation.
    /// </summary>
    /// <param name="basis">Columns are the eigenvectors, in the order of the spectrum.</param>
    /// <exception cref="ArgumentException">The basis is of another size.</exception>
    public VectorWeights FromEigenbasis(double[,] basis) => Rotated(basis, false);

    /// <summary>The same numbers in a new object.</summary>
    public VectorWeights Copy() => new(Dimension, [.. _all]);

    /// <summary>The diagonals of p₂ and q₁ alone.</summary>
    public VectorWeights Diagonals() => Aligned(Diagonal(Value), Diagonal(KeyQuery));

    /// <summary>Weights from p₂, q₁, p₁, q₂, one after another; they are copied.</summary>
    /// <exception cref="ArgumentException">There are not four blocks of D × D.</exception>
    public static VectorWeights Of(int dimension, ReadOnlySpan<double> all) => all.Length == 4 * dimension * dimension
        ? new(dimension, all.ToArray())
        : throw new ArgumentException($"Expected four blocks of {dimension}×{dimension}; found {all.Length} numbers.");

    /// <summary>Weights of which only p₂ and q₁ are not zero.</summary>
    internal static VectorWeights FromInContext(int dimension, ReadOnlySpan<double> inContext)
    {
        var weights = new VectorWeights(dimension);
        inContext.CopyTo(weights.InContext);
        return weights;
    }

    internal static double[] Diagonal(ReadOnlySpan<double> matrix)
    {
        int D = (int)Sqrt(matrix.Length);
        double[] diagonal = new double[D];
        for (int i = 0; i < D; i++)
            diagonal[i] = matrix[i * (D + 1)];
        return diagonal;
    }

    internal static double[] Products(ReadOnlySpan<double> p, ReadOnlySpan<double> q)
    {
        double[] products = new double[p.Length];
        Multiply(p, q, products);
        return products;
    }

    private Span<double> Block(int block) => _all.AsSpan(block * Dimension * Dimension, Dimension * Dimension);

    private VectorWeights Rotated(double[,] basis, bool toEigenbasis)
    {
        VectorWeights rotated = Copy();
        for (int block = 0; block < 4; block++)
        {
            if (toEigenbasis)
                Rotation.ToEigenbasis(basis, rotated.Block(block));
            else
                Rotation.FromEigenbasis(basis, rotated.Block(block));
        }

        return rotated;
    }
}
