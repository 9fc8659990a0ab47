using MathNet.Numerics.LinearAlgebra;

namespace Staircase.Lab;

/// <summary>What is in a file of sequences: sizes, spectrum, and whether labels are linear in the inputs.</summary>
public static class DataDescription
{
    private const int Examined = 500; // sequences that are looked at closely

    private const int ShownEigenvalues = 8;

    /// <summary>Checks and describes a file.</summary>
    /// <param name="context">N of a file that holds rows alone.</param>
    /// <exception cref="InputException">It cannot be used; the message says where and why.</exception>
    public static Findings Of(string path, int context)
    {
        TokenArray data = DataFile.Read(path, context);
        (long P, int N, int D) = (data.Count, data.ContextLength, data.InputDimension);
        double[] spectrum = RegressionStudy.SpectrumOf(data, path);
        (double mean, double variance) = Labels(data);
        double residual = Residual(data);
        string linear = double.IsNaN(residual)
            ? $"N = {N} pairs say nothing of how linear labels in D = {D} inputs are."
            : $"Within a sequence, least squares leaves {Percent(residual)} of the labels' squares (median of {Min(P, Examined)}): "
                + (residual < 1e-10 ? "labels are linear in the inputs, without noise." : "the rest is noise, or not linear.");
        string eigenvalues = string.Join(", ", spectrum.Take(ShownEigenvalues).Select(λ => Number(λ)));
        string[] doubts = [.. DataFile.Doubts(data)];
        return new(
            [],
            [
                $"{path}: P = {Whole(P)} sequences of N = {Whole(N)} pairs and a query, D = {Whole(D)} inputs; all numbers are finite.",
                $"Input covariance, over all tokens: trace {Number(spectrum.Sum())}, eigenvalues {eigenvalues}"
                    + (D > ShownEigenvalues ? $", … {Number(spectrum[^1])}." : "."),
                $"Targets: mean {Number(mean)}, variance {Number(variance)}.", linear, .. doubts,
                $"Train on it: staircase train --data {path} --context {N}",
            ],
            Json.Of(
                ("file", path), ("sequences", P), ("contextLength", N), ("inputDimension", D), ("eigenvalues", spectrum),
                ("targetMean", mean), ("targetVariance", variance), ("leastSquaresResidual", residual), ("doubts", doubts)));
    }

    private static (double Mean, double Variance) Labels(TokenArray data)
    {
        double[] tokens = new double[(data.ContextLength + 1) * (data.InputDimension + 1)];
        double[] targets = [.. Range(0, (int)data.Count).Select(i => data.Read(i, tokens))];
        double mean = targets.Average();
        return (mean, targets.Average(y => (y - mean) * (y - mean)));
    }

    /// <summary>
    /// The part of Σy² that least squares leaves in a context, median of some; NaN where as many inputs as pairs fit anything.
    /// </summary>
    private static double Residual(TokenArray data)
    {
        (int N, int D) = (data.ContextLength, data.InputDimension);
        if (N <= D)
            return double.NaN;
        double[] tokens = new double[(N + 1) * (D + 1)];
        double[] parts = [.. Range(0, (int)Min(data.Count, Examined)).Select(i =>
        {
            data.Read(i, tokens);
            Matrix<double> x = Matrix<double>.Build.Dense(N, D, (n, d) => tokens[n * (D + 1) + d]);
            Vector<double> y = Vector<double>.Build.Dense(N, n => tokens[n * (D + 1) + D]);
            double all = y.DotProduct(y);
            Vector<double> rest = y - x * x.PseudoInverse() * y;
            return all > 0 ? rest.DotProduct(rest) / all : 0;
        }).Order()];
        return parts[parts.Length / 2];
    }
}
