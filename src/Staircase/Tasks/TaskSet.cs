namespace Staircase;

/// <summary>A fixed, finite set of linear maps W, y = W x, each D×D, in the eigenbasis of the inputs.</summary>
/// <remarks>
/// Training on vector-valued tasks visits every map of the set once an epoch (Mainali, Teixeira 2025). The exact flow sees a set only
/// through its second moments, so the two <i>designs</i>, small sets with the moments of infinitely many random maps, stand for the limit P
/// → ∞.
/// </remarks>
public sealed class TaskSet
{
    /// <summary>
    /// What two rotations may leave of an off-diagonal entry that is zero, relative to the largest entry: rounding of sums of D² products.
    /// </summary>
    private const double RotationRounding = 1e-13;

    private readonly double[] _entries; // Count × D × D, row-major

    private TaskSet(int dimension, double[] entries)
    {
        Dimension = dimension;
        _entries = entries;
        Count = entries.Length / (dimension * dimension);
        IsDiagonal = OnlyDiagonals();
    }

    /// <summary>P, how many maps there are.</summary>
    public int Count { get; }

    /// <summary>D.</summary>
    public int Dimension { get; }

    /// <summary>Whether every map is diagonal in the eigenbasis of the inputs: symmetric, and commuting with Λ.</summary>
    public bool IsDiagonal { get; }

    /// <summary>One map, D×D row-major.</summary>
    public ReadOnlySpan<double> this[int task] => _entries.AsSpan(task * Dimension * Dimension, Dimension * Dimension);

    /// <summary>All maps, one after another.</summary>
    internal ReadOnlySpan<double> Entries => _entries;

    /// <summary>P maps W = diag(ω), ω ~ N(0, I): the tasks of Mainali, Teixeira 2025.</summary>
    /// <exception cref="ArgumentException">The dimension or the count is not positive.</exception>
    public static TaskSet Diagonal(int dimension, int count, ulong seed)
    {
        double[] entries = Room(dimension, count), ω = new double[dimension];
        for (int μ = 0; μ < count; μ++)
        {
            new RandomStream(seed, RandomPurpose.TaskVector, μ).FillNormal(ω);
            for (int i = 0; i < dimension; i++)
                entries[(μ * dimension + i) * dimension + i] = ω[i];
        }

        return new(dimension, entries);
    }

    /// <summary>P maps with independent entries N(0, 1/D), so that E[WWᵀ] = I as for <see cref="Diagonal"/>.</summary>
    /// <exception cref="ArgumentException">The dimension or the count is not positive.</exception>
    public static TaskSet Gaussian(int dimension, int count, ulong seed)
    {
        double[] entries = Room(dimension, count);
        int size = dimension * dimension;
        for (int μ = 0; μ < count; μ++)
            new RandomStream(seed, RandomPurpose.TaskVector, μ).FillNormal(entries.AsSpan(μ * size, size));
        Scale(1 / Sqrt(dimension), entries, entries);
        return new(dimension, entries);
    }

    /// <summary>The 2D maps ±√D e_i e_iᵀ, whose first three moments are those of infinitely many maps of <see cref="Diagonal"/>.</summary>
    /// <exception cref="ArgumentException">The dimension is not positive.</exception>
    public static TaskSet DiagonalDesign(int dimension) => Design(dimension, dimension, entry => entry * (dimension + 1));

    /// <summary>The 2D² maps ±√D e_i e_jᵀ, whose first three moments are those of infinitely many maps of <see cref="Gaussian"/>.</summary>
    /// <exception cref="ArgumentException">The dimension is not positive.</exception>
    public static TaskSet GaussianDesign(int dimension) => Design(dimension, dimension * dimension, entry => entry);

    /// <summary>
    /// The 2^D maps diag(±1, …, ±1): their first three moments too are those of infinitely many maps of <see cref="Diagonal"/>, and no set
    /// of diagonal maps with these moments scatters less.
    /// </summary>
    /// <exception cref="ArgumentException">The dimension is not positive, or there are too many maps.</exception>
    public static TaskSet Signs(int dimension)
    {
        double[] entries = Room(dimension, (int)Min(Pow(2, dimension), int.MaxValue));
        for (int μ = 0; μ < 1 << dimension; μ++)
        {
            for (int i = 0; i < dimension; i++)
                entries[(μ * dimension + i) * dimension + i] = (μ >> i & 1) == 0 ? 1 : -1;
        }

        return new(dimension, entries);
    }

    /// <summary>The given maps.</summary>
    /// <param name="tasks">W^μ, each D×D, in the coordinates of the inputs.</param>
    /// <param name="basis">
    /// Columns are the eigenvectors of the inputs' covariance, in the order of its spectrum; null where the coordinates are the eigenbasis.
    /// </param>
    /// <exception cref="ArgumentException">
    /// There is no map, one is not square, not of the size of the others or of the basis, or not finite.
    /// </exception>
    public static TaskSet Of(IReadOnlyList<double[,]> tasks, double[,]? basis = null)
    {
        if (tasks.Count == 0)
            throw new ArgumentException("A task set needs at least one task.");
        int D = tasks[0].GetLength(0), size = D * D;
        double[] entries = Room(D, tasks.Count);
        for (int μ = 0; μ < tasks.Count; μ++)
        {
            if (tasks[μ].GetLength(0) != D || tasks[μ].GetLength(1) != D)
                throw new ArgumentException($"Task {μ} is {tasks[μ].GetLength(0)}×{tasks[μ].GetLength(1)}, expected {D}×{D}.");
            Span<double> task = entries.AsSpan(μ * size, size);
            for (int i = 0; i < size; i++)
            {
                task[i] = tasks[μ][i / D, i % D];
                if (!double.IsFinite(task[i]))
                    throw new ArgumentException($"Task {μ} must be finite; entry ({i / D},{i % D}) is {task[i]:R}.");
            }

            if (basis is not null)
                Rotation.ToEigenbasis(basis, task);
        }

        return new(D, entries);
    }

    /// <summary>Every map of this set and its negative: the mean and the third moments vanish exactly.</summary>
    public TaskSet WithNegatives()
    {
        double[] entries = new double[2 * _entries.Length];
        _entries.CopyTo(entries, 0);
        Scale(-1, _entries, entries.AsSpan(_entries.Length));
        return new(Dimension, entries);
    }

    /// <summary>m_i, the mean over the set of W_ii².</summary>
    public double[] MeanSquares()
    {
        double[] m = new double[Dimension];
        for (int μ = 0; μ < Count; μ++)
        {
            for (int i = 0; i < Dimension; i++)
                m[i] += this[μ][i * (Dimension + 1)] * this[μ][i * (Dimension + 1)] / Count;
        }

        return m;
    }

    /// <summary>W̄, the mean map, D×D row-major.</summary>
    public double[] Mean()
    {
        double[] mean = new double[Dimension * Dimension];
        for (int μ = 0; μ < Count; μ++)
            AddScaled(1.0 / Count, this[μ], mean);
        return mean;
    }

    private static TaskSet Design(int dimension, int pairs, Func<int, int> place)
    {
        double[] entries = Room(dimension, 2 * pairs);
        int size = dimension * dimension;
        for (int k = 0; k < pairs; k++)
        {
            entries[2 * k * size + place(k)] = Sqrt(dimension);
            entries[(2 * k + 1) * size + place(k)] = -Sqrt(dimension);
        }

        return new(dimension, entries);
    }

    private static double[] Room(int dimension, int count)
    {
        if (dimension < 1)
            throw new ArgumentException($"The dimension must be at least 1, not {dimension}.");
        if (count < 1)
            throw new ArgumentException($"A task set needs at least one task, not {count}.");
        long length = (long)count * dimension * dimension;
        if (length > Array.MaxLength)
        {
            throw new ArgumentException(
                $"{count} tasks of {dimension}×{dimension} are {length} numbers, more than an array holds ({Array.MaxLength}).");
        }

        return new double[length];
    }

    private bool OnlyDiagonals()
    {
        for (int μ = 0; μ < Count; μ++)
        {
            ReadOnlySpan<double> task = this[μ];
            double largest = 0, off = 0;
            for (int i = 0; i < task.Length; i++)
            {
                largest = Max(largest, Abs(task[i]));
                if (i / Dimension != i % Dimension)
                    off = Max(off, Abs(task[i]));
            }

            if (off > RotationRounding * largest)
                return false;
        }

        return true;
    }
}
