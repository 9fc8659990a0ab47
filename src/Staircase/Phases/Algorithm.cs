using System.Buffers;

namespace Staircase;

/// <summary>Which algorithm a model runs: its predictions on fresh sequences against regression in context.</summary>
/// <param name="Components">
/// m of the principal component regression that comes closest: 0 predicts zero, D is ordinary least squares.
/// </param>
/// <param name="RelativeErrors">
/// For m = 0 … D, mean (ŷ − ŷ_m)² / mean y², ŷ the model's prediction, ŷ_m that of least squares in context on the first m principal
/// components.
/// </param>
/// <remarks>Zhang et al. 2025, §3.4, §4.4, Eq. 22. The principal components are those of the input distribution.</remarks>
public sealed record Algorithm(int Components, double[] RelativeErrors)
{
    /// <summary>A closest algorithm that is further away than this is no name for what the model does.</summary>
    public const double CloseEnough = 0.25;

    private const double SmallestPivot = 1e-13;

    /// <summary>The name of the closest algorithm.</summary>
    public string Name => RelativeErrors[Components] <= CloseEnough ? NameOf(Components, RelativeErrors.Length - 1) : "none of these";

    /// <summary>The name of regression on m of D components.</summary>
    public static string NameOf(int components, int dimension) =>
        components == 0 ? "predicts zero"
        : components == dimension ? "least squares in context"
        : $"principal component regression, m = {components}";

    /// <summary>Examines weights of linear attention on sequences.</summary>
    /// <param name="sequences">Sequences it was not trained on.</param>
    /// <param name="task">Where they come from: output scale and eigenvectors.</param>
    /// <param name="count">How many to read.</param>
    public static Algorithm Examine(
        AttentionModel model, ReadOnlySpan<double> weights, ISequenceSource sequences, RegressionTask task, int count) =>
        Examine(
            model.Predictions(weights, new TokenStatistics(new SequenceRange(sequences, 0, count), task.OutputScale, varyContext: false)),
            sequences, task.Basis);

    /// <summary>Examines the predictions of any model.</summary>
    /// <param name="predictions">ŷ_q on the first of the sequences.</param>
    /// <param name="sequences">Sequences it was not trained on.</param>
    /// <param name="basis">Columns are the eigenvectors of the inputs, by descending eigenvalue; null is the identity.</param>
    public static Algorithm Examine(double[] predictions, ISequenceSource sequences, double[,]? basis) =>
        Examine([predictions], sequences, basis)[0];

    /// <summary>Examines the predictions of several models on the same sequences.</summary>
    /// <param name="predictions">ŷ_q of each on the first of the sequences, as many of each.</param>
    /// <param name="sequences">Sequences they were not trained on.</param>
    /// <param name="basis">Columns are the eigenvectors of the inputs, by descending eigenvalue; null is the identity.</param>
    public static IReadOnlyList<Algorithm> Examine(IReadOnlyList<double[]> predictions, ISequenceSource sequences, double[,]? basis)
    {
        int D = sequences.InputDimension, N = sequences.ContextLength, width = D + 1;

        double[][] differences = [.. predictions.Select(_ => new double[D + 1])];
        double[] regressions = new double[D + 1];
        double power = 0;
        double[] tokens = new double[(N + 1) * width];
        for (int i = 0; i < predictions[0].Length; i++)
        {
            double target = sequences.Read(i, tokens);
            power += target * target;
            Regress(tokens, N, basis, regressions);
            for (int k = 0; k < differences.Length; k++)
            {
                for (int m = 0; m <= D; m++)
                    differences[k][m] += (predictions[k][i] - regressions[m]) * (predictions[k][i] - regressions[m]);
            }
        }

        return
        [
            .. differences.Select(sums =>
            {
                double[] errors = Array.ConvertAll(sums, x => x == 0 ? 0 : x / power); // 0 of 0 where every label is zero
                return new Algorithm(Array.IndexOf(errors, errors.Min()), errors);
            }),
        ];
    }

    /// <summary>The same without sequences: what a map of linear attention comes to over all that a task has.</summary>
    /// <param name="map">M of ŷ = βᵀ M x_q, as <see cref="AttentionMap"/> orders it; other blocks are zero.</param>
    /// <param name="task">The task; Ω commutes with Λ, and all sequences are in-context.</param>
    /// <remarks>
    /// In the eigenbasis, with b = s Zᵀy = β, v = Σ_{e &gt; m} λ_e ω_e + σ² what regression on m components takes for noise, and ŵ its
    /// coefficients: E (ŷ − ŷ_m)² = Σ_d λ_d E (Σ_e b_e M_ed − ŵ_d)², where Gaussian inputs give
    /// E b_e² = s² N λ_e (λ_e ω_e (N + 1) + Σ_f λ_f ω_f + σ²), E ŵ_d² = ω_d + v / (λ_d (N − m − 1)) by the mean of an inverse Wishart
    /// matrix, E b_d ŵ_d = s (N λ_d ω_d + v), and other pairs average out, since a component and its weight may change signs together.
    /// Regression whose squares have no mean (N ≤ m + 1) is infinitely far from everything.
    /// </remarks>
    /// <exception cref="ArgumentException">Ω does not commute with Λ, or some sequences are in-weight.</exception>
    public static Algorithm Expected(ReadOnlySpan<double> map, RegressionTask task)
    {
        if (!task.Commutes || task.InContextFraction < 1)
            throw new ArgumentException("Expectations are known where Ω commutes with Λ and all sequences are in-context.");
        int N = task.ContextLength, D = task.InputDimension;
        double s = task.OutputScale.Factor(N);
        double[] λ = task.InputEigenvalues.ToArray(), ω = [.. Range(0, D).Select(d => task.TaskCovarianceAt(d, d))];
        double[] M = map.ToArray();
        if (task.Basis is { } basis)
            Rotation.ToEigenbasis(basis, M);
        double power = λ.Zip(ω, (l, o) => l * o).Sum();

        double own = 0; // E ŷ²
        for (int e = 0; e < D; e++)
        {
            double square = s * s * N * λ[e] * (λ[e] * ω[e] * (N + 1) + power + task.LabelNoise);
            for (int d = 0; d < D; d++)
                own += λ[d] * M[e * D + d] * M[e * D + d] * square;
        }

        var errors = new double[D + 1];
        for (int m = 0; m <= D; m++)
        {
            int used = Min(m, N); // more components than pairs add nothing
            double v = task.LabelNoise, signal = 0, both = 0;
            for (int d = used; d < D; d++)
                v += λ[d] * ω[d];
            for (int d = 0; d < used; d++)
            {
                signal += λ[d] * ω[d];
                both += λ[d] * M[d * D + d] * s * (N * λ[d] * ω[d] + v);
            }

            double scatter = v == 0 || used == 0 ? 0 : N > used + 1 ? v * used / (N - used - 1) : double.PositiveInfinity;
            double error = own - 2 * both + signal + scatter;
            errors[m] = error == 0 ? 0 : error / power; // 0 of 0 where every label is zero
        }

        return new(Array.IndexOf(errors, errors.Min()), errors);
    }

    /// <summary>ŷ_m of least squares in context on the first m principal components, for every m = 0 … D at once.</summary>
    /// <remarks>
    /// With G = ZᵀZ = L Lᵀ, Z the inputs along the components and p the query: ŷ_m = p_mᵀ G_m⁻¹ (Zᵀy)_m, and leading blocks of G have
    /// leading blocks of L for their factors, so ŷ_m is the sum of the first m terms of (L⁻¹p)ᵀ(L⁻¹Zᵀy). More components than pairs add
    /// nothing.
    /// </remarks>
    private static void Regress(ReadOnlySpan<double> tokens, int N, double[,]? basis, Span<double> regressions)
    {
        int D = regressions.Length - 1, width = D + 1;
        double[] rented = ArrayPool<double>.Shared.Rent((D + 2) * (D + 1));
        Span<double> G = rented.AsSpan(0, D * D), p = rented.AsSpan(D * D, D), b = rented.AsSpan(D * D + D, D);
        Span<double> z = rented.AsSpan(D * D + 2 * D, D);
        G.Clear();
        b.Clear();
        for (int n = 0; n < N; n++)
        {
            Project(tokens.Slice(n * width, D), basis, z);
            AddScaled(tokens[n * width + D], z, b);
            for (int c = 0; c < D; c++)
                AddScaled(z[c], z[..(c + 1)], G.Slice(c * D, c + 1));
        }

        Project(tokens.Slice(N * width, D), basis, p);
        regressions[0] = 0;
        for (int m = 0; m < D; m++)
        {
            if (m >= N)
            {
                regressions[m + 1] = regressions[m];
                continue;
            }

            // Row m of L takes the place of row m of G; L⁻¹p and L⁻¹Zᵀy take those of p and b.
            Span<double> row = G.Slice(m * D, D);
            for (int j = 0; j < m; j++)
                row[j] = (row[j] - Dot(row[..j], G.Slice(j * D, j))) / G[j * D + j];
            double whole = row[m], pivot = whole - SumOfSquares(row[..m]);
            if (!(pivot > SmallestPivot * whole))
            {
                // No direction of its own, up to rounding: it adds nothing, and nothing to what follows.
                row[m] = double.PositiveInfinity;
                (p[m], b[m], regressions[m + 1]) = (0, 0, regressions[m]);
                continue;
            }

            row[m] = Sqrt(pivot);
            p[m] = (p[m] - Dot(row[..m], p[..m])) / row[m];
            b[m] = (b[m] - Dot(row[..m], b[..m])) / row[m];
            regressions[m + 1] = regressions[m] + p[m] * b[m];
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>z = Eᵀ x.</summary>
    private static void Project(ReadOnlySpan<double> x, double[,]? basis, Span<double> z)
    {
        if (basis is null)
        {
            x.CopyTo(z);
            return;
        }

        for (int d = 0; d < z.Length; d++)
        {
            double sum = 0;
            for (int i = 0; i < x.Length; i++)
                sum += basis[i, d] * x[i];
            z[d] = sum;
        }
    }
}
