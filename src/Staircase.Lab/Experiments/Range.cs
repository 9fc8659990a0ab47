namespace Staircase.Lab;

/// <summary>What a number may be.</summary>
/// <param name="Least">From here.</param>
/// <param name="Most">Up to here.</param>
/// <param name="IsOpen">Whether the least itself is excluded.</param>
/// <param name="IsOpenAbove">Whether the most itself is excluded.</param>
public sealed record Range(double Least, double Most = double.PositiveInfinity, bool IsOpen = false, bool IsOpenAbove = false)
{
    /// <summary>Above zero.</summary>
    public static Range Positive { get; } = new(0, IsOpen: true);

    /// <summary>Zero or above.</summary>
    public static Range NotNegative { get; } = new(0);

    /// <summary>A count.</summary>
    public static Range AtLeastOne { get; } = new(1);

    /// <summary>A share that is less than all.</summary>
    public static Range BelowOne { get; } = new(0, 1, IsOpenAbove: true);

    /// <summary>Whether a number may be.</summary>
    public bool Contains(double value) => (IsOpen ? value > Least : value >= Least) && (IsOpenAbove ? value < Most : value <= Most);

    /// <summary>As it stands behind "must".</summary>
    public override string ToString() =>
        this == Positive ? "be positive"
        : this == NotNegative ? "not be negative"
        : double.IsPositiveInfinity(Most) ? $"be {(IsOpen ? "above" : "at least")} {AllDigits(Least)}"
        : $"lie in {(IsOpen ? '(' : '[')}{AllDigits(Least)}, {(Most < 1000 ? AllDigits(Most) : Whole(Most))}{(IsOpenAbove ? ')' : ']')}";
}
