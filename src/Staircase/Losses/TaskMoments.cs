namespace Staircase;

/// <summary>What the exact loss needs of a task set: the mean of W X Wᵀ and of Wᵀ X W, for any X.</summary>
/// <remarks>
/// Both are linear in X through the second moments of the entries, mean W_ab W_dc. Kept as a matrix of D²×D² numbers they cost D⁴ a
/// product, whatever the number of tasks; a sum over P tasks costs 2PD³. Diagonal tasks need only the mean of ω_i ω_j and D².
/// </remarks>
internal sealed class TaskMoments
{
    private const int LargestKept = 64; // largest D whose moments are kept: 128 MiB

    private readonly TaskSet _tasks;
    private readonly double[]? _products; // mean ω_i ω_j, D×D
    private readonly double[]? _moments;  // mean W_ab W_dc, row (a, b), column (d, c)
    private readonly double[] _half;

    public TaskMoments(TaskSet tasks)
    {
        _tasks = tasks;
        int D = tasks.Dimension, size = D * D, P = tasks.Count;
        _half = new double[size];
        if (tasks.IsDiagonal)
        {
            _products = new double[size];
            for (int μ = 0; μ < P; μ++)
            {
                double[] ω = VectorWeights.Diagonal(tasks[μ]);
                for (int i = 0; i < D; i++)
                    AddScaled(ω[i] / P, ω, _products.AsSpan(i * D, D));
            }
        }
        else if (D <= 2 * P && D <= LargestKept)
        {
            _moments = new double[size * size];
            MatrixProduct.Of(1.0 / P, tasks.Entries.AsMatrix(P, size).Transposed, tasks.Entries.AsMatrix(P, size), _moments);
        }
    }

    /// <summary>The mean of W X Wᵀ, or of Wᵀ X W.</summary>
    /// <param name="x">X, D×D.</param>
    /// <param name="transposed">Whether Wᵀ stands on the left.</param>
    /// <param name="y">Receives the mean; must not be the memory of <paramref name="x"/>.</param>
    public void Sandwich(ReadOnlySpan<double> x, bool transposed, Span<double> y)
    {
        int D = _tasks.Dimension, size = D * D;
        if (_products is not null)
        {
            Multiply(_products, x, y);
            return;
        }

        y.Clear();
        if (_moments is null)
        {
            for (int μ = 0; μ < _tasks.Count; μ++)
            {
                MatrixProduct.Of(1.0 / _tasks.Count, _tasks[μ].AsMatrix(D, D).TransposedIf(transposed), x.AsMatrix(D, D), _half);
                MatrixProduct.Of(1, _half.AsMatrix(D, D), _tasks[μ].AsMatrix(D, D).TransposedIf(!transposed), y, keep: 1);
            }

            return;
        }

        for (int a = 0; a < D; a++)
        {
            for (int b = 0; b < D; b++)
            {
                // The block M_dc = mean W_ab W_dc: Σ_c M_dc X_bc belongs to Y_ad, Σ_d X_ad M_dc to Y_bc where transposed.
                ReadOnlySpan<double> block = _moments.AsSpan((a * D + b) * size, size);
                for (int d = 0; d < D; d++)
                {
                    if (transposed)
                        AddScaled(x[a * D + d], block.Slice(d * D, D), y.Slice(b * D, D));
                    else
                        y[a * D + d] += Dot(block.Slice(d * D, D), x.Slice(b * D, D));
                }
            }
        }
    }
}
