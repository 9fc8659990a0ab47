namespace Staircase;

/// <summary>How initial weights are drawn; every scheme draws independent normal numbers.</summary>
public enum InitializationScheme
{
    /// <summary>Standard deviation = scale on the in-context blocks, zero on the others (the papers' theory).</summary>
    Papers,

    /// <summary>Standard deviation = scale on every block.</summary>
    Full,

    /// <summary>
    /// Standard deviation = scale/√(size of the published layer) on every block, so that a layer's ℓ₂ norm is about the scale (the authors'
    /// code).
    /// </summary>
    Layers,
}
