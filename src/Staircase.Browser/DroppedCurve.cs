using System.Text.Json.Nodes;

namespace Staircase.Browser;

/// <summary>A loss curve that somebody dropped on the page.</summary>
internal static class DroppedCurve
{
    private const int LargestText = 20_000_000;

    /// <summary>Its plateaus, and theory over them where a setting was stated.</summary>
    /// <exception cref="InputException">It is no curve, or the setting cannot be used.</exception>
    public static JsonNode Report(ExperimentWords words, string name, string text, NumberBlob numbers)
    {
        if (text.Length > LargestText)
            throw new InputException($"{name} has {text.Length / 1_000_000} MB: a browser takes {LargestText / 1_000_000}; thin the curve out.");
        // The page's files are in memory alone.
        string path = Path.GetFileName(name) is { Length: > 0 } last ? last : "curve.csv";
        File.WriteAllText(path, text);
        try
        {
            LossCurve curve = LossCurve.Read(path, null, null);
            CurveFindings findings = words.Any
                ? CurveFindings.Of(curve, Limits.Study(words), curve.PositionsAreTimes ? 1 : null, fitInit: false, default)
                : CurveFindings.Of(curve);
            return findings.Report($"staircase compare --curve {path}").ToJson(numbers);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
