namespace Staircase.Browser;

/// <summary>Results as JSON whose arrays lie beside it.</summary>
internal static class Answers
{
    /// <summary>Where an array lies.</summary>
    public static JsonObject Array(this NumberBlob numbers, IEnumerable<double> values)
    {
        double[] array = values as double[] ?? [.. values];
        return Json.Of(("numbers", new JsonArray(numbers.Add(array), array.Length)));
    }

    /// <summary>A part of a report.</summary>
    public static JsonNode ToJson(this Report report, NumberBlob numbers) =>
        JsonSerializer.SerializeToNode(report, ReportJson.With(numbers).Report)!;

    /// <summary>Findings: the data of <c>--json</c>, and what the terminal shows.</summary>
    public static JsonObject ToJson(this Findings findings) => Json.Of(
        ("data", findings.Data.DeepClone()), ("tables", Json.List(findings.Tables, Json.Of)),
        ("sentences", findings.Sentences));
}
