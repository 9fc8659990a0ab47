namespace Staircase.Lab;

/// <summary>A claim put to the test. What is not a finite number holds for no claim.</summary>
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

    /// <summary>
    /// What holds: a number with its tolerance, as in <c>0.7042 ± 0.1 %</c>, a bound, as in <c>at most 0.02</c>, or the very words.
    /// </summary>
    public required string Expected { get; init; }

    /// <summary>Whether it holds.</summary>
    public required bool Passed { get; init; }

    /// <summary>Why it does not, or what has to be known beside it.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether it does not hold for a reason that is understood, and that <see cref="Reason"/> gives.</summary>
    public bool IsExplained { get; private init; }

    /// <summary>Whether it neither holds nor is explained: something is wrong.</summary>
    public bool IsFailure => !Passed && !IsExplained;

    /// <summary>"holds", "differs" for a reason, or "FAILS".</summary>
    public string Verdict => Passed ? "holds" : IsExplained ? "differs" : "FAILS";

    /// <summary>The number that a tolerance or a bound limits; NaN where words are compared.</summary>
    private double Deviation { get; init; }

    /// <summary>
    /// The same claim, with the reason of physics for which it does not hold. The reason reaches only so far: beyond its bound, and for
    /// words, which have no distance, the claim fails all the same. Where the claim holds nothing is explained.
    /// </summary>
    /// <param name="reason">The reason, without a full stop.</param>
    /// <param name="bound">
    /// The largest deviation that it explains, in the unit of the tolerance: a part of the expected number where that is relative.
    /// </param>
    public Check Explained(string reason, double bound) => Passed ? this : this with
    {
        IsExplained = IsWithin(Deviation, bound),
        Reason = $"{reason}; this explains no more than {Number(bound)}",
    };

    /// <summary>|measured − expected| ≤ tolerance · |expected|.</summary>
    public static Check Relative(string claim, string source, double measured, double expected, double tolerance)
    {
        double distance = Abs(measured - expected), size = Abs(expected);
        string text = $"{Number(expected)} ± {Percent(tolerance)}";
        return Of(claim, source, Number(measured), text, IsWithin(distance, tolerance * size), distance / size);
    }

    /// <summary>|measured − expected| ≤ tolerance.</summary>
    public static Check Absolute(string claim, string source, double measured, double expected, double tolerance)
    {
        double distance = Abs(measured - expected);
        return Of(claim, source, Number(measured), $"{Number(expected)} ± {Number(tolerance)}", IsWithin(distance, tolerance), distance);
    }

    /// <summary>measured ≤ bound, for errors and distances.</summary>
    public static Check AtMost(string claim, string source, double measured, double bound) =>
        Of(claim, source, Number(measured), $"at most {Number(bound)}", IsWithin(measured, bound), measured);

    /// <summary>The same words or whole numbers.</summary>
    public static Check Same(string claim, string source, string measured, string expected) =>
        Of(claim, source, measured, expected, measured == expected, double.NaN);

    /// <summary>That something is so, or that it is not.</summary>
    public static Check Holds(string claim, string source, bool holds, bool expected = true) =>
        Same(claim, source, holds ? "yes" : "no", expected ? "yes" : "no");

    /// <summary>For <c>--json</c>.</summary>
    public JsonObject ToJson() => Json.Of(
        ("claim", Claim), ("source", Source), ("measured", Measured), ("expected", Expected), ("passed", Passed), ("reason", Reason),
        ("isExplained", IsExplained), ("isFailure", IsFailure), ("verdict", Verdict));

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    internal static Check FromJson(JsonNode json) => new()
    {
        Claim = (string)json["claim"]!,
        Source = (string)json["source"]!,
        Measured = (string)json["measured"]!,
        Expected = (string)json["expected"]!,
        Passed = (bool)json["passed"]!,
        Reason = (string?)json["reason"],
        IsExplained = (bool)json["isExplained"]!,
        Deviation = double.NaN, // what it was held to has been settled
    };

    private static Check Of(string claim, string source, string measured, string expected, bool passed, double deviation) => new()
    {
        Claim = claim,
        Source = source,
        Measured = measured,
        Expected = expected,
        Passed = passed,
        Deviation = deviation,
    };

    private static bool IsWithin(double deviation, double limit) => double.IsFinite(deviation) && deviation <= limit;
}
