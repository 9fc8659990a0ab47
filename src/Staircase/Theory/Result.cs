using System.Reflection;

namespace Staircase;

/// <summary>One result of the theory: what it says, where it comes from, when it holds.</summary>
/// <param name="Name">A short name, as <c>staircase cite NAME</c> takes it.</param>
/// <param name="Statement">What it says, in one or two sentences.</param>
/// <param name="Paper">Who found it.</param>
/// <param name="Where">Equation or section; for results of this project, what it extends.</param>
/// <param name="HoldsWhen">Its assumptions.</param>
/// <param name="NotModelled">What it leaves out.</param>
public sealed record Result(string Name, string Statement, Paper Paper, string Where, string HoldsWhen, string NotModelled)
{
    /// <summary>Every result of this library: whatever public type has a static property <c>Result</c>, by name.</summary>
    public static IReadOnlyList<Result> All { get; } =
    [
        .. typeof(Result).Assembly.GetExportedTypes()
            .Select(type => type.GetProperty(nameof(Result), BindingFlags.Public | BindingFlags.Static)?.GetValue(null))
            .OfType<Result>()
            .OrderBy(result => result.Name, StringComparer.Ordinal),
    ];
}
