using System.Globalization;

namespace Staircase.Lab;

/// <summary>Numbers as reports and findings show them, in every language the same.</summary>
internal static class NumberText
{
    /// <summary>Four digits; a dash for a number that is not there.</summary>
    public static string Number(double? value) => value is not { } x || double.IsNaN(x) ? "—" : double.IsPositiveInfinity(x) ? "∞" : x.ToString("G4", CultureInfo.InvariantCulture);

    /// <summary>A whole number with its thousands apart; a dash for one that is not there.</summary>
    public static string Whole(double? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? "—";
}
