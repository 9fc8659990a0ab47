using System.Globalization;

namespace Staircase.Lab;

/// <summary>A claim put to the test.</summary>
public sealed record Check
{
    private Check()
    {
    }

    /// <summary>What is claimed.</summary>
    public required string Claim { get; init; }

    /// <summary>Who says so: paper and equation.</summary>
    public required string Source { get; init; }

    /// <summary>What was measured.</summary>
    public required string Measured { get; init; }

    /// <summary>What it should be.</summary>
    public required string Predicted { get; init; }

    /// <summary>How far apart they may be.</summary>
    public required string Tolerance { get; init; }

    /// <summary>Whether it holds.</summary>
    public required bool Passed { get; init; }

    /// <summary>Why it does not, or what has to be known beside it.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether it does not hold for a reason that is understood, and that <see cref="Reason"/> gives.</summary>
    public bool IsExplained { get; init; }

    /// <summary>Whether it neither holds nor is explained: something is wrong.</summary>
    public bool IsFailure => !Passed && !IsExplained;

    /// <summary>"holds", "differs" for a reason, or "FAILS".</summary>
    public string Verdict => Passed ? "holds" : IsExplained ? "differs" : "FAILS";

    /// <summary>The same claim, with the reason of physics for which it does not hold; where it holds nothing is explained.</summary>
    public Check Explained(string reason) => Passed ? this : this with { IsExplained = true, Reason = reason };

    /// <summary>|measured − predicted| ≤ tolerance · |predicted|.</summary>
    public static Check Relative(string claim, string source, double measured, double predicted, double tolerance) => new()
    {
        Claim = claim,
        Source = source,
        Measured = Text(measured),
        Predicted = Text(predicted),
        Tolerance = $"± {Percent(tolerance)}",
        Passed = Math.Abs(measured - predicted) <= tolerance * Math.Abs(predicted),
    };

    /// <summary>|measured − predicted| ≤ tolerance.</summary>
    public static Check Absolute(string claim, string source, double measured, double predicted, double tolerance) => new()
    {
        Claim = claim,
        Source = source,
        Measured = Text(measured),
        Predicted = Text(predicted),
        Tolerance = $"± {Text(tolerance)}",
        Passed = Math.Abs(measured - predicted) <= tolerance,
    };

    /// <summary>measured ≤ bound, for errors and distances.</summary>
    public static Check AtMost(string claim, string source, double measured, double bound) => new()
    {
        Claim = claim,
        Source = source,
        Measured = Text(measured),
        Predicted = "0",
        Tolerance = $"≤ {Text(bound)}",
        Passed = measured <= bound,
    };

    /// <summary>The same words or whole numbers.</summary>
    public static Check Same(string claim, string source, string measured, string predicted) => new()
    {
        Claim = claim,
        Source = source,
        Measured = measured,
        Predicted = predicted,
        Tolerance = "equal",
        Passed = string.Equals(measured, predicted, StringComparison.Ordinal),
    };

    /// <summary>Four significant digits, exponents as they are read: 1.98e-6.</summary>
    private static string Text(double value)
    {
        string[] parts = value.ToString("G4", CultureInfo.InvariantCulture).Split('E');
        return parts.Length == 1 ? parts[0] : $"{parts[0]}e{int.Parse(parts[1], CultureInfo.InvariantCulture)}";
    }

    private static string Percent(double value) => (100 * value).ToString("G3", CultureInfo.InvariantCulture) + " %";
}
