namespace Staircase.Lab;

/// <summary>What every experiment in regression chooses: the spectrum of its Gaussian inputs, and how many of them a context has.</summary>
public abstract record SpectrumExperiment : Experiment
{
    private const int DefaultDimension = 4; // D where nothing else says

    /// <summary>The input spectrum, as <see cref="Staircase.Spectrum.Parse"/> reads it.</summary>
    public string Spectrum { get; init; } = "linear";

    /// <summary>D; null takes the length of a listed spectrum, or 4.</summary>
    public int? Dimension { get; init; }

    /// <summary>tr Λ after normalization; null leaves the spectrum as it is.</summary>
    public double? Trace { get; init; }

    /// <summary>N.</summary>
    public int Context { get; init; }

    /// <summary>D that is meant.</summary>
    internal int EffectiveDimension => Dimension ?? (IsListed ? Spectrum.Count(c => c == ',') + 1 : DefaultDimension);

    private bool IsListed => Spectrum.Contains(',');

    /// <summary>The eigenvalues that are meant.</summary>
    /// <exception cref="ArgumentException">They are none.</exception>
    internal Spectrum Eigenvalues()
    {
        Spectrum spectrum = Staircase.Spectrum.Parse(Spectrum, Dimension ?? (IsListed ? null : DefaultDimension));
        return Trace is { } trace ? spectrum.WithTrace(trace) : spectrum;
    }

    /// <summary>The keys of inputs and contexts.</summary>
    /// <param name="keys">The group.</param>
    internal static IEnumerable<ExperimentKey> SpectrumKeys<T>(KeyTable<T> keys)
        where T : SpectrumExperiment, new() =>
    [
        keys.Text("spectrum", "linear|white|power:A|geometric:R|λ1,λ2,…", "input eigenvalues", (e, v) => e with { Spectrum = v },
            e => e.Spectrum),
        keys.Integer("dim", "D", "input dimension", Range.AtLeastOne, (e, v) => e with { Dimension = v }, e => e.Dimension,
            "4, or of a listed spectrum"),
        keys.Integer("context", "N", "pairs before the query", Range.AtLeastOne, (e, v) => e with { Context = v }, e => e.Context),
        keys.Text("trace", "T|none", "normalization of tr Λ",
            (e, v) => e with { Trace = v == "none" ? null : KeyTable<T>.Number("trace", v) },
            e => e.Trace is { } trace ? AllDigits(trace) : "none"),
    ];
}
