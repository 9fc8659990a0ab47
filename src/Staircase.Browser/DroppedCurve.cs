namespace Staircase.Browser;

/// <summary>A loss curve that somebody dropped on the page.</summary>
internal static class DroppedCurve
{
    /// <summary>How the table of a run begins that followed the gradient flow.</summary>
    private const string OfAFlow = "step,time,loss";

    private const int LargestText = 20_000_000;

    /// <summary>Its plateaus, and theory over them where a setting was stated.</summary>
    /// <exception cref="InputException">It is no curve, or the setting cannot be used.</exception>
    public static JsonNode Report(ExperimentWords words, string name, string text, NumberBlob numbers)
    {
        Require(
            text.Length <= LargestText,
            $"{name} has {text.Length / 1_000_000} MB: a browser takes {LargestText / 1_000_000}; thin the curve out.");

        // The page's files are in memory alone.
        string path = Path.GetFileName(name) is { Length: > 0 } last ? last : "curve.csv";
        File.WriteAllText(path, text);
        try
        {
            string? positions = PositionsOf(text);
            LossCurve curve = LossCurve.Read(path, positions, null);
            CurveFindings findings = words.Any
                ? CurveFindings.Of(curve, Limits.Study(words), curve.PositionsAreTimes ? 1 : null, fitInit: false, default)
                : CurveFindings.Of(curve);
            string command = CommandText.Of(
            [
                "staircase", "compare", "--curve", path, .. positions is null ? (string[])[] : ["--step-column", positions],
                .. words.Words.SelectMany(word => (string[])[$"--{word.Key}", word.Value]),
            ]);
            return findings.Report(command).ToJson(numbers);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Elsewhere a time is a clock's; in the table of a run of ours, and where there are no steps, it is the flow's.</summary>
    private static string? PositionsOf(string text)
    {
        string header = text.Split('\n', 2)[0].Trim();
        string[] columns = [.. header.Split(',', ';', '\t').Select(column => column.Trim('"', ' '))];
        bool isOurs = header.StartsWith(OfAFlow, StringComparison.Ordinal);
        bool hasSteps = columns.Any(column => column.Contains("step", StringComparison.OrdinalIgnoreCase));
        return isOurs || (!hasSteps && columns.Contains("time", StringComparer.Ordinal)) ? "time" : null;
    }
}
