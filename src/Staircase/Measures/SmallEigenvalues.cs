using System.Numerics;
using Lanes = System.Numerics.Vector<double>;

namespace Staircase;

/// <summary>
/// The eigenvalues of a small square matrix without its eigenvectors: Householder to Hessenberg form, then double-shift QR steps on the
/// part that is left (Francis 1961; Golub, Van Loan, §7.5).
/// </summary>
/// <remarks>Math.NET always computes vectors, too, which took three quarters of the time of a whole circuit's measures.</remarks>
internal static class SmallEigenvalues
{
    private const double Rounding = 2.2e-16;
    private const int MostSteps = 100, ExceptionalEvery = 10;

    /// <summary>The eigenvalues in no order; null where the iteration does not settle, which no matrix is known for.</summary>
    /// <param name="h">n×n in rows or columns, which have the same eigenvalues; overwritten.</param>
    /// <param name="n">The size.</param>
    public static Complex[]? Of(double[] h, int n)
    {
        ToHessenberg(h, n);
        double norm = h.Sum(Abs);
        var eigenvalues = new Complex[n];
        int last = n - 1, steps = 0;
        while (last >= 0)
        {
            int first = last;
            while (first > 0)
            {
                double near = Abs(h[(first - 1) * n + first - 1]) + Abs(h[first * n + first]);
                if (Abs(h[first * n + first - 1]) <= Rounding * (near == 0 ? norm : near))
                {
                    h[first * n + first - 1] = 0;
                    break;
                }

                first--;
            }

            if (first == last)
            {
                eigenvalues[last] = h[last * n + last];
                (last, steps) = (last - 1, 0);
            }
            else if (first == last - 1)
            {
                (eigenvalues[last - 1], eigenvalues[last]) = OfTwo(
                    h[first * n + first], h[first * n + last], h[last * n + first], h[last * n + last]);
                (last, steps) = (last - 2, 0);
            }
            else
            {
                if (++steps > MostSteps)
                    return null;
                Step(h, n, first, last, exceptional: steps % ExceptionalEvery == 0);
            }
        }

        return eigenvalues;
    }

    private static (Complex, Complex) OfTwo(double a, double b, double c, double d)
    {
        double half = (a - d) / 2, square = half * half + b * c;
        if (square < 0)
        {
            double imaginary = Sqrt(-square);
            return (new((a + d) / 2, imaginary), new((a + d) / 2, -imaginary));
        }

        // The larger one without cancellation, the other from the determinant's share.
        double far = half + (half >= 0 ? Sqrt(square) : -Sqrt(square));
        return (d + far, far == 0 ? d : d - b * c / far);
    }

    private static void ToHessenberg(double[] h, int n)
    {
        double[] v = new double[n], w = new double[n];
        for (int k = 0; k < n - 2; k++)
        {
            double squares = 0;
            for (int i = k + 1; i < n; i++)
                squares += h[i * n + k] * h[i * n + k];
            double norm = Sqrt(squares), α = h[(k + 1) * n + k] > 0 ? -norm : norm;
            if (norm == 0)
                continue;
            for (int i = k + 1; i < n; i++)
                v[i] = h[i * n + k];
            v[k + 1] -= α;
            double β = -1 / (α * v[k + 1]);
            Span<double> sums = w.AsSpan(k, n - k);
            sums.Clear();
            for (int i = k + 1; i < n; i++)
                AddScaled(v[i], h.AsSpan(i * n + k, n - k), sums);
            for (int i = k + 1; i < n; i++)
                AddScaled(-β * v[i], sums, h.AsSpan(i * n + k, n - k));
            ReadOnlySpan<double> below = v.AsSpan(k + 1);
            for (int i = 0; i < n; i++)
            {
                Span<double> row = h.AsSpan(i * n + k + 1, n - k - 1);
                AddScaled(-β * Dot(row, below), below, row);
            }

            for (int i = k + 2; i < n; i++)
                h[i * n + k] = 0;
        }
    }

    /// <summary>One implicit double-shift step on rows and columns first to last, three or more of them.</summary>
    private static void Step(double[] h, int n, int first, int last, bool exceptional)
    {
        double trace, determinant;
        if (exceptional)
        {
            double size = Abs(h[last * n + last - 1]) + Abs(h[(last - 1) * n + last - 2]);
            (trace, determinant) = (1.5 * size, size * size);
        }
        else
        {
            double a = h[(last - 1) * n + last - 1], b = h[(last - 1) * n + last], c = h[last * n + last - 1], d = h[last * n + last];
            (trace, determinant) = (a + d, a * d - b * c);
        }

        double p = h[first * n + first], q = h[(first + 1) * n + first];
        double x = p * p + h[first * n + first + 1] * q - trace * p + determinant;
        double y = q * (p + h[(first + 1) * n + first + 1] - trace);
        double z = q * h[(first + 2) * n + first + 1];
        for (int k = first; k < last; k++)
        {
            int size = Min(3, last - k + 1);
            if (size == 2)
                z = 0;
            double norm = Sqrt(x * x + y * y + z * z);
            if (norm > 0)
            {
                double α = x > 0 ? -norm : norm, v0 = x - α, β = -1 / (α * v0);
                int from = Max(first, k - 1), end = Min(k + 3, last);
                if (size == 3)
                {
                    Reflect(
                        β, v0, y, z, h.AsSpan(k * n + from, last - from + 1), h.AsSpan((k + 1) * n + from, last - from + 1),
                        h.AsSpan((k + 2) * n + from, last - from + 1));
                    for (int i = first; i <= end; i++)
                    {
                        Span<double> row = h.AsSpan(i * n + k, 3);
                        double sum = β * (v0 * row[0] + y * row[1] + z * row[2]);
                        row[0] -= sum * v0;
                        row[1] -= sum * y;
                        row[2] -= sum * z;
                    }
                }
                else
                {
                    for (int j = from; j <= last; j++)
                    {
                        double sum = β * (v0 * h[k * n + j] + y * h[(k + 1) * n + j]);
                        h[k * n + j] -= sum * v0;
                        h[(k + 1) * n + j] -= sum * y;
                    }

                    for (int i = first; i <= end; i++)
                    {
                        double sum = β * (v0 * h[i * n + k] + y * h[i * n + k + 1]);
                        h[i * n + k] -= sum * v0;
                        h[i * n + k + 1] -= sum * y;
                    }
                }

                if (k > first)
                {
                    h[(k + 1) * n + k - 1] = 0;
                    if (size == 3)
                        h[(k + 2) * n + k - 1] = 0;
                }
            }

            x = h[(k + 1) * n + k];
            y = k + 2 <= last ? h[(k + 2) * n + k] : 0;
            z = k + 3 <= last ? h[(k + 3) * n + k] : 0;
        }
    }

    /// <summary>Three rows, reflected by I − β v vᵀ.</summary>
    private static void Reflect(double β, double v0, double v1, double v2, Span<double> row0, Span<double> row1, Span<double> row2)
    {
        int j = 0;
        for (; j <= row0.Length - Lanes.Count; j += Lanes.Count)
        {
            Lanes a = new(row0[j..]), b = new(row1[j..]), c = new(row2[j..]);
            Lanes sum = β * (v0 * a + v1 * b + v2 * c);
            (a - sum * v0).CopyTo(row0[j..]);
            (b - sum * v1).CopyTo(row1[j..]);
            (c - sum * v2).CopyTo(row2[j..]);
        }

        for (; j < row0.Length; j++)
        {
            double sum = β * (v0 * row0[j] + v1 * row1[j] + v2 * row2[j]);
            row0[j] -= sum * v0;
            row1[j] -= sum * v1;
            row2[j] -= sum * v2;
        }
    }
}
