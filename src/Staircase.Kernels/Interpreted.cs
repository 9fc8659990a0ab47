using System.Runtime.Intrinsics;

namespace Staircase.Kernels;

/// <summary>
/// The small kernels as plain loops, for the browser: there the runtime interprets, and compiles loops that call nothing. A product of
/// 4 × 4 numbers takes a tenth of the time that the operations on lanes take, each of which is a call.
/// </summary>
/// <remarks>Elsewhere <see cref="IsHere"/> is a constant of the compiler, and none of this is there.</remarks>
public static unsafe class Interpreted
{
    private const long LargestProduct = 4096; // products of more multiplications gain more from lanes than their calls cost

    /// <summary>Whether this is a browser.</summary>
    public static bool IsHere => OperatingSystem.IsBrowser();

    /// <summary>Σ x[i] · y[i].</summary>
    internal static double Dot(double* x, double* y, int length)
    {
        double sum = 0;
        int i = 0;
        for (; i < length - 3; i += 4)
            sum += x[i] * y[i] + x[i + 1] * y[i + 1] + (x[i + 2] * y[i + 2] + x[i + 3] * y[i + 3]);
        for (; i < length; i++)
            sum += x[i] * y[i];
        return sum;
    }

    /// <summary>y[i] += scale · x[i].</summary>
    internal static void AddScaled(double scale, double* x, double* y, int length)
    {
        Vector128<double> factor = Vector128.Create(scale);
        int i = 0;
        for (; i < length - 3; i += 4)
        {
            Vector128.Store(Vector128.Load(y + i) + factor * Vector128.Load(x + i), y + i);
            Vector128.Store(Vector128.Load(y + i + 2) + factor * Vector128.Load(x + i + 2), y + i + 2);
        }

        for (; i < length; i++)
            y[i] += scale * x[i];
    }

    /// <summary>y[i] = scale · x[i].</summary>
    internal static void Scale(double scale, double* x, double* y, int length)
    {
        for (int i = 0; i < length; i++)
            y[i] = scale * x[i];
    }

    /// <summary>z[i] = x[i] · y[i].</summary>
    internal static void Multiply(double* x, double* y, double* z, int length)
    {
        for (int i = 0; i < length; i++)
            z[i] = x[i] * y[i];
    }

    /// <summary>destination[i] = a·x[i] + b·y[i] + c·z[i] + d·u[i] + e·v[i]; vectors behind the last factor that is not zero are not
    /// read.</summary>
    internal static void Combination(
        double a, double* x, double b, double* y, double c, double* z, double d, double* u, double e, double* v, double* destination,
        int length)
    {
        if (c == 0 && d == 0 && e == 0)
        {
            for (int i = 0; i < length; i++)
                destination[i] = x[i] * a + y[i] * b;
            return;
        }

        for (int i = 0; i < length; i++)
            destination[i] = x[i] * a + y[i] * b + z[i] * c + u[i] * d + v[i] * e;
    }

    /// <summary>Whether a product is small enough.</summary>
    internal static bool Takes(long rows, long columns, long inner) => rows * columns * inner <= LargestProduct;

    /// <summary>C = scale · A B + keep · C.</summary>
    internal static void Product(ProductArguments<double>* product)
    {
        int rows = product->Rows, columns = product->Columns, inner = product->Inner;
        nint aRow = product->TransposeA ? 1 : product->AStride, aInner = product->TransposeA ? product->AStride : 1;
        nint bColumn = product->TransposeB ? product->BStride : 1, bInner = product->TransposeB ? 1 : product->BStride;
        double scale = product->Scale, keep = product->Keep;
        for (int i = 0; i < rows; i++)
        {
            double* c = product->C + i * product->CStride;
            for (int j = 0; j < columns; j++)
            {
                double* a = product->A + i * aRow, b = product->B + j * bColumn;
                double sum = 0;
                for (int k = 0; k < inner; k++, a += aInner, b += bInner)
                    sum += *a * *b;
                c[j] = keep == 0 ? scale * sum : scale * sum + keep * c[j];
            }
        }
    }

    /// <inheritdoc cref="PairProducts.Sum"/>
    internal static void PairSum(ReadOnlySpan<double> v, ReadOnlySpan<double> K, ReadOnlySpan<double> Q, int D, int rank, Span<double> M)
    {
        fixed (double* keys = K, queries = Q, sums = M)
        {
            for (int i = 0; i < D * D; i++)
                sums[i] = 0;
            for (int pair = 0; pair < v.Length * rank; pair++)
            {
                double factor = v[pair / rank];
                double* k = keys + pair * D, q = queries + pair * D, row = sums;
                for (int i = 0; i < D; i++, row += D)
                {
                    double f = factor * k[i];
                    for (int j = 0; j < D; j++)
                        row[j] += f * q[j];
                }
            }
        }
    }

    /// <inheritdoc cref="PairProducts.PullBack"/>
    internal static void PairPullBack(
        ReadOnlySpan<double> v, ReadOnlySpan<double> K, ReadOnlySpan<double> Q, int D, int rank, ReadOnlySpan<double> dM, Span<double> dv,
        Span<double> dK, Span<double> dQ)
    {
        fixed (double* keys = K, queries = Q, slopes = dM, keySlopes = dK, querySlopes = dQ)
        {
            dv.Clear();
            for (int pair = 0; pair < v.Length * rank; pair++)
            {
                double factor = v[pair / rank], sum = 0;
                double* k = keys + pair * D, q = queries + pair * D, dk = keySlopes + pair * D, dq = querySlopes + pair * D, row = slopes;
                for (int j = 0; j < D; j++)
                    dq[j] = 0;
                for (int i = 0; i < D; i++, row += D)
                {
                    double key = k[i], f = factor * key, dot = 0;
                    for (int j = 0; j < D; j++)
                    {
                        double slope = row[j];
                        dot += slope * q[j];
                        dq[j] += f * slope;
                    }

                    sum += key * dot;
                    dk[i] = factor * dot;
                }

                dv[pair / rank] += sum;
            }
        }
    }
}
