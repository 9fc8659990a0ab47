namespace Staircase.Lab;

/// <summary>The kinds of <see cref="DataSource"/>.</summary>
public enum DataKind
{
    /// <summary>Exact expectations over all sequences.</summary>
    Population,

    /// <summary>A fixed number of sequences, trained on as a whole.</summary>
    Sample,

    /// <summary>A fresh batch each step.</summary>
    Online,

    /// <summary>Sequences from an npz file.</summary>
    File,
}
