using System.Runtime.InteropServices;

#pragma warning disable SYSLIB1054 // LibraryImport would need unsafe code in this project; arrays of floats are pinned, not copied

namespace Staircase.Benchmarks;

/// <summary>OpenBLAS, the yardstick of matrix products; nothing but benchmarks calls it.</summary>
internal static class OpenBlas
{
    private const string Library = "libopenblas.so.0";
    private const int RowMajor = 101, NoTranspose = 111, Transpose = 112;

    /// <summary>Sets the number of threads; fails with what to install where the library is missing.</summary>
    public static void UseThreads(int threads)
    {
        if (!NativeLibrary.TryLoad(Library, out _))
            throw new InvalidOperationException(
                $"{Library} is missing, against which matrix products are measured: apt-get install libopenblas0 (Debian).");
        SetThreads(threads);
    }

    /// <summary>The processor whose kernels OpenBLAS chose.</summary>
    public static string Core => Marshal.PtrToStringUTF8(CoreName()) ?? "unknown";

    /// <summary>C = op(A) op(B) for contiguous row-major matrices.</summary>
    public static void Multiply(
        int rows, int columns, int inner, float[] a, bool transposeA, float[] b, bool transposeB, float[] c) => Multiply(
        RowMajor, transposeA ? Transpose : NoTranspose, transposeB ? Transpose : NoTranspose, rows, columns, inner,
        1, a, transposeA ? rows : inner, b, transposeB ? inner : columns, 0, c, columns);

    [DllImport(Library, EntryPoint = "openblas_set_num_threads", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void SetThreads(int threads);

    [DllImport(Library, EntryPoint = "openblas_get_corename", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint CoreName();

    [DllImport(Library, EntryPoint = "cblas_sgemm", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void Multiply(
        int order, int transposeA, int transposeB, int m, int n, int k,
        float alpha, [In] float[] a, int lda, [In] float[] b, int ldb, float beta, [In, Out] float[] c, int ldc);
}
