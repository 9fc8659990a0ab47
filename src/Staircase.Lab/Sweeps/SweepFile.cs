using YamlDotNet.RepresentationModel;

namespace Staircase.Lab;

/// <summary>Sweeps in YAML.</summary>
/// <remarks>
/// <code>
/// experiment: {attention: separate, dim: 4}   # of any kind; or the name of a file
/// keys:                                       # every combination
///   init: [1e-2, 1e-3]
///   seed: 1..8
/// linked:                                     # value by value
///   - {context: [8, 32], heads: [4, 8]}
/// where: [init &lt; 0.1, heads &gt;= dim]
/// collect: [loss, largestDeviation]
/// theory:                                     # what is predicted of what is measured
///   plateaus.0.measured.end: "predicted:plateaus.0.end"
/// keep: runs                                  # or numbers
/// </code>
/// </remarks>
public static class SweepFile
{
    private static readonly string[] Parts = ["experiment", "keys", "linked", "where", "collect", "theory", "keep"];

    /// <summary>Reads a sweep.</summary>
    /// <exception cref="InputException">Something in it cannot be used; the message names file, line and what was expected.</exception>
    public static SweepSpec Read(string path) => Of(path, ExperimentFile.Load(path));

    /// <summary>Reads a sweep from its text.</summary>
    /// <param name="path">What it is called.</param>
    /// <param name="text">The text.</param>
    internal static SweepSpec Parse(string path, string text) => Of(path, ExperimentFile.Parse(path, text));

    private static SweepSpec Of(string path, YamlMappingNode sweep)
    {
        var file = new Reader(path);
        Dictionary<string, YamlNode> parts = [];
        foreach ((string name, YamlNode value, string where) in file.Entries(sweep))
        {
            if (!Parts.Contains(name))
                throw new InputException($"a sweep has no '{name}': {NearestName.Hint(name, Parts)}", where: where);
            parts[name] = value;
        }

        Experiment experiment = parts.GetValueOrDefault("experiment") switch
        {
            null => ExperimentKinds.Default.Default,
            YamlMappingNode mapping => ExperimentFile.Of(path, mapping),
            YamlScalarNode { Value: { } other } => ExperimentFile.Read(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, other)),
            var node => throw file.Wrong(node, "'experiment' is a mapping of keys, or the name of a file"),
        };
        SweepAxis[] axes =
        [
            .. parts.TryGetValue("keys", out YamlNode? keys) ? file.Axes(keys) : [],
            .. parts.TryGetValue("linked", out YamlNode? linked) ? Reader.Items(linked).Select(file.Linked) : [],
        ];
        foreach (SweepSetting setting in axes.SelectMany(axis => axis.Settings))
        {
            foreach ((string key, string value) in setting.Values)
                _ = experiment.Kind.Set(experiment, key, value, setting.Where);
        }

        Require(
            experiment.Seeds is null && !axes.Any(axis => axis.Keys.Contains(SeedList.Key)),
            $"{path}: a sweep has a task a seed: give keys: {{seed: 1..8}} in place of ‹{SeedList.Key}›.");
        (string Measured, string Predicted, string Where)[] theory =
            parts.TryGetValue("theory", out YamlNode? pairs) ? [.. file.Pairs(pairs)] : [];
        (string Name, string Where)[] collect =
        [
            .. parts.TryGetValue("collect", out YamlNode? named) ? file.Texts(named) : theory.Length > 0 ? [] : [("loss", path)],
            .. theory.SelectMany(pair => new[] { (pair.Measured, pair.Where), (pair.Predicted, pair.Where) }),
        ];
        collect = [.. collect.DistinctBy(number => number.Name)];
        if (axes.SelectMany(axis => axis.Keys).GroupBy(key => key).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InputException($"{path}: ‹{twice.Key}› varies twice.");
        return new(
            experiment,
            axes,
            [.. file.Texts(parts.GetValueOrDefault("where")).Select(text => SweepCondition.Parse(text.Value, experiment.Kind, text.Where))],
            [.. collect.Select(number => number.Name)],
            parts.GetValueOrDefault("keep") switch
            {
                null or YamlScalarNode { Value: "runs" } => true,
                YamlScalarNode { Value: "numbers" } => false,
                var node => throw file.Wrong(node, "'keep' is runs or numbers"),
            },
            theory.ToDictionary(pair => pair.Measured, pair => pair.Predicted))
        {
            Origins = collect.ToDictionary(number => number.Name, number => number.Where),
        };
    }

    /// <summary>
    /// The sweep as text that stands alone: as its file has it, but where that names the file of the experiment, with what that says.
    /// </summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    internal static string Alone(string path)
    {
        YamlMappingNode sweep = ExperimentFile.Load(path);
        if (!sweep.Children.TryGetValue(new YamlScalarNode("experiment"), out YamlNode? named) || named is not YamlScalarNode)
            return File.ReadAllText(path);
        Experiment experiment = Read(path).Base;
        sweep.Children[new YamlScalarNode("experiment")] = new YamlMappingNode(
            experiment.Write().Prepend(KeyValuePair.Create(ExperimentKinds.Key, experiment.Kind.Name))
                .Select(pair => KeyValuePair.Create((YamlNode)new YamlScalarNode(pair.Key), (YamlNode)new YamlScalarNode(pair.Value))));
        using var text = new StringWriter();
        new YamlStream(new YamlDocument(sweep)).Save(text, assignAnchors: false);
        return text.ToString();
    }

    private sealed class Reader(string path)
    {
        private const int MostValues = 1_000_000;

        public InputException Wrong(YamlNode node, string expected) => new($"{expected}.", where: Where(node));

        public IEnumerable<(string Name, YamlNode Value, string Where)> Entries(YamlNode node) => node is YamlMappingNode mapping
            ? mapping.Children.Select(pair => (Word(pair.Key), pair.Value, Where(pair.Key)))
            : throw Wrong(node, "expected a mapping of keys to values");

        private string Word(YamlNode key) =>
            key is YamlScalarNode { Value: { } name } ? name : throw Wrong(key, "a key must be a word");

        public static IEnumerable<YamlNode> Items(YamlNode node) => node is YamlSequenceNode list ? list.Children : [node];

        public IEnumerable<(string Value, string Where)> Texts(YamlNode? node) => node is null
            ? []
            : Items(node).Select(item =>
                item is YamlScalarNode { Value: { } text } ? (text, Where(item)) : throw Wrong(item, "expected a text"));

        /// <summary>Names, each with another.</summary>
        public IEnumerable<(string Name, string Value, string Where)> Pairs(YamlNode node) => Entries(node).Select(entry =>
            entry.Value is YamlScalarNode { Value: { } text } ? (entry.Name, text, entry.Where)
                : throw Wrong(entry.Value, "expected the name of a predicted number"));

        public IEnumerable<SweepAxis> Axes(YamlNode keys) => Entries(keys).Select(entry => new SweepAxis(
            [entry.Name],
            [.. Values(entry.Value).Select(value => new SweepSetting([KeyValuePair.Create(entry.Name, value)], entry.Where))]));

        public SweepAxis Linked(YamlNode node)
        {
            var entries = Entries(node).Select(entry => (entry.Name, Values: Values(entry.Value))).ToArray();
            if (entries.Length == 0 || entries.Any(entry => entry.Values.Count != entries[0].Values.Count))
                throw Wrong(node, $"linked keys need lists of one length, not of {string.Join(", ", entries.Select(e => e.Values.Count))}");
            return new(
                [.. entries.Select(entry => entry.Name)],
                [.. Enumerable.Range(0, entries[0].Values.Count).Select(i => new SweepSetting(
                    [.. entries.Select(entry => KeyValuePair.Create(entry.Name, entry.Values[i]))], Where(node)))]);
        }

        /// <summary>A value, a list of values, or a range of whole numbers: 1..8. A list within a list is one value, a spectrum.</summary>
        private IReadOnlyList<string> Values(YamlNode node) => [.. Items(node).SelectMany(item => item switch
        {
            YamlScalarNode { Value: { } text } => Range(item, text),
            YamlSequenceNode inner => [string.Join(',', Texts(inner).Select(text => text.Value))],
            _ => throw Wrong(item, "expected a value, a list of values, or a range such as 1..8"),
        })];

        private IEnumerable<string> Range(YamlNode node, string text)
        {
            if (text.Split("..") is not [var first, var last] || Whole(first) is not { } from || Whole(last) is not { } to)
                return [text];
            if (to < from || to - from >= MostValues)
                throw Wrong(node, $"the range {text} must ascend, over at most {MostValues:N0} numbers");
            return Enumerable.Range(0, (int)(to - from) + 1).Select(i => (from + i).ToString(InvariantCulture));
        }

        private static long? Whole(string text) =>
            long.TryParse(text, NumberStyles.AllowLeadingSign, InvariantCulture, out long number) ? number : null;

        private string Where(YamlNode node) => $"{path}, line {node.Start.Line}";
    }
}
