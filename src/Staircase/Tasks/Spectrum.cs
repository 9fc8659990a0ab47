using System.Globalization;

namespace Staircase;

/// <summary>The eigenvalues of an input covariance, descending and positive.</summary>
public sealed class Spectrum
{
    private readonly double[] _eigenvalues;

    private Spectrum(string name, IEnumerable<double> eigenvalues)
    {
        Name = name;
        _eigenvalues = [.. eigenvalues.OrderDescending()];
        if (_eigenvalues.Length == 0)
            throw new ArgumentException("A spectrum needs at least one eigenvalue.");
        foreach (double value in _eigenvalues)
        {
            if (!double.IsFinite(value) || value <= 0)
                throw new ArgumentException($"Eigenvalues must be positive and finite; '{name}' has {value:R}.");
        }
    }

    /// <summary>How the spectrum is written on the command line.</summary>
    public string Name { get; }

    /// <summary>λ₁ ≥ … ≥ λ_D.</summary>
    public ReadOnlySpan<double> Eigenvalues => _eigenvalues;

    /// <summary>The number of eigenvalues D.</summary>
    public int Dimension => _eigenvalues.Length;

    /// <summary>The sum of the eigenvalues, tr Λ.</summary>
    public double Trace => _eigenvalues.Sum();

    /// <summary>Eigenvalues proportional to d = 1 … D, trace 1 (the papers' default).</summary>
    public static Spectrum Linear(int dimension) =>
        new Spectrum("linear", Range(dimension).Select(d => (double)d)).WithTrace(1);

    /// <summary>All eigenvalues equal, trace 1.</summary>
    public static Spectrum White(int dimension) =>
        new Spectrum("white", Range(dimension).Select(_ => 1.0)).WithTrace(1);

    /// <summary>Eigenvalues proportional to d^−exponent, trace 1.</summary>
    public static Spectrum PowerLaw(int dimension, double exponent) =>
        new Spectrum(Named("power", exponent), Range(dimension).Select(d => Pow(d, -exponent))).WithTrace(1);

    /// <summary>Eigenvalues proportional to ratio^d, trace 1.</summary>
    public static Spectrum Geometric(int dimension, double ratio) =>
        new Spectrum(Named("geometric", ratio), Range(dimension).Select(d => Pow(ratio, d))).WithTrace(1);

    /// <summary>The given eigenvalues, as they are, in any order.</summary>
    public static Spectrum Of(params IEnumerable<double> eigenvalues)
    {
        double[] values = [.. eigenvalues];
        return new Spectrum(string.Join(',', values.Select(v => v.ToString("R", CultureInfo.InvariantCulture))), values);
    }

    /// <summary>The same shape scaled so that the eigenvalues sum to <paramref name="trace"/>.</summary>
    public Spectrum WithTrace(double trace)
    {
        if (!double.IsFinite(trace) || trace <= 0)
            throw new ArgumentException($"The trace must be positive and finite, not {trace:R}.");
        double scale = trace / Trace;
        return new Spectrum(Name, _eigenvalues.Select(λ => λ * scale));
    }

    /// <summary>Reads <c>linear</c>, <c>white</c>, <c>power:A</c>, <c>geometric:R</c> or a list <c>λ1,λ2,…</c>.</summary>
    /// <param name="text">The words above.</param>
    /// <param name="dimension">D; a list must have as many entries; null takes the length of the list.</param>
    /// <exception cref="ArgumentException">The text is none of these, or does not match the dimension.</exception>
    public static Spectrum Parse(string text, int? dimension)
    {
        string[] parts = text.Split(':', 2);
        if (parts[0] is not ("linear" or "white" or "power" or "geometric"))
            return ParseList(text, dimension);

        int size = dimension ?? throw new ArgumentException($"Spectrum '{text}' needs a dimension (--dim).");
        if (parts[0] is "linear" or "white")
        {
            if (parts.Length > 1)
                throw new ArgumentException($"Spectrum '{parts[0]}' takes no number, found '{text}'.");
            return parts[0] == "linear" ? Linear(size) : White(size);
        }

        string meaning = parts[0] == "power" ? "an exponent, as in power:1.5" : "a ratio in (0, 1], as in geometric:0.5";
        if (parts.Length < 2 || !TryNumber(parts[1], out double number))
            throw new ArgumentException($"Spectrum '{parts[0]}' needs {meaning}; found '{text}'.");
        if (parts[0] == "power")
            return PowerLaw(size, number);
        if (number is <= 0 or > 1)
            throw new ArgumentException($"Spectrum 'geometric' needs {meaning}; found '{text}'.");
        return Geometric(size, number);
    }

    private static string Named(string shape, double parameter) => string.Create(CultureInfo.InvariantCulture, $"{shape}:{parameter:R}");

    private static Spectrum ParseList(string text, int? dimension)
    {
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries);
        var values = new double[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!TryNumber(parts[i], out values[i]))
            {
                throw new ArgumentException(
                    $"Spectrum '{text}' is not linear, white, power:A, geometric:R or a list of numbers ('{parts[i]}' is not a number).");
            }
        }

        if (dimension is { } expected && expected != values.Length)
            throw new ArgumentException($"The spectrum lists {values.Length} eigenvalues but the dimension (--dim) is {expected}.");
        return Of(values);
    }

    private static bool TryNumber(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    private static IEnumerable<int> Range(int dimension)
    {
        if (dimension < 1)
            throw new ArgumentException($"The dimension must be at least 1, not {dimension}.");
        return Enumerable.Range(1, dimension);
    }
}
