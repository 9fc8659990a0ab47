namespace Staircase.Browser;

/// <summary>The neighbours that the page shows.</summary>
internal static class Neighbours
{
    private static readonly IReadOnlyList<INeighbour> All =
    [
        new LargeStepsNeighbour(), new MixtureNeighbour(), new SoftmaxNeighbour(), new HijackNeighbour(), new LinearSystemsNeighbour(),
        new MemoryNeighbour(), new TemporalDifferenceNeighbour(),
    ];

    /// <summary>What there is, and what can be moved.</summary>
    public static JsonObject List() => Json.Of(
        ("neighbours", Json.List(All, neighbour => Json.Of(
            ("name", neighbour.Result.Name), ("title", neighbour.Title), ("result", Json.InFull(neighbour.Result)),
            ("sliders", Json.List(neighbour.Sliders, slider => Json.Of(
                ("key", slider.Key), ("label", slider.Label), ("least", slider.Least), ("most", slider.Most),
                ("usual", slider.Usual), ("whole", slider.IsWhole), ("logarithmic", slider.IsLogarithmic))))))));

    /// <summary>The picture of one, its sentence above it, as a report.</summary>
    /// <param name="asked">Its name under <c>name</c>, and the sliders that do not stand where they do at first.</param>
    /// <param name="numbers">Where its numbers go.</param>
    /// <exception cref="InputException">There is no such, or a number cannot be used.</exception>
    public static JsonNode Show(JsonElement asked, NumberBlob numbers)
    {
        string name = Said("name") ?? "";
        INeighbour neighbour = All.FirstOrDefault(one => one.Result.Name == name)
            ?? throw new InputException($"there is no neighbour '{name}': {string.Join(", ", All.Select(one => one.Result.Name))}.");
        double[] values = [.. neighbour.Sliders.Select(slider => ValueOf(slider, Said(slider.Key)))];
        (Plot picture, string sentence) = neighbour.At(values);
        return new Report
        {
            Title = neighbour.Title,
            Sections = [new ReportSection { Id = name, Title = "", Lead = sentence, Plots = [picture] }],
        }.ToJson(numbers);

        string? Said(string key) =>
            asked.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    private static double ValueOf(Slider slider, string? text)
    {
        if (text is null)
            return slider.Usual;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            || !(value >= slider.Least && value <= slider.Most) || (slider.IsWhole && value != Floor(value)))
        {
            string kind = slider.IsWhole ? "whole number" : "number";
            throw new InputException($"‹{slider.Key}› is a {kind} from {slider.Least} to {slider.Most}, not '{text}'.");
        }

        return value;
    }
}
