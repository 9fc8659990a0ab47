using System.Collections.Immutable;

namespace Staircase.Native;

/// <summary>What <c>staircase.h</c> says of curves and checkpoints from elsewhere.</summary>
internal static unsafe class Analyses
{
    private const int MostAxes = 8;
    private const string InMemory = "memory";

    private static readonly string[] Known =
        ["paths", "pattern", "from", "to", "every", "layout", "heads", "kv-heads", "tensors", "losses", "directions", "mapped", "config"];

    /// <summary>A tensor as C has it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct GivenTensor
    {
        public byte* Name;
        public byte* Type;
        public void* Data;
        public long* Shape;
        public int Axes;
    }

    [UnmanagedCallersOnly(EntryPoint = "staircase_compare")]
    public static int Compare(ulong study, double* positions, double* losses, long count, int positionsAreTimes, ulong* findings) =>
        Border.Give(findings, () =>
        {
            Study asked = Items.Get<StudyItem>(study).Study;
            int length = Border.Count(count, "the number of points");
            Border.Require(positions, "the list of positions");
            Border.Require(losses, "the list of losses");
            double[] x = new Span<double>(positions, length).ToArray(), y = new Span<double>(losses, length).ToArray();
            return new FindingsItem(asked, asked.Compare(x, y, positionsAreTimes != 0));
        });

    [UnmanagedCallersOnly(EntryPoint = "staircase_analyze")]
    public static int Analyze(
        byte* options, ProgressFunction progress, void* context, ulong* analysis) =>
        Border.Give(analysis, () =>
        {
            AnalysisOptions asked = Options(options).Analysis;
            Require(asked.Paths.Count > 0, "give ‹paths›: files, folders of files, folders of folders.");
            return Watch.Run(progress, context, (p, stop) =>
                new AnalysisItem(CheckpointAnalysis.Run(asked, null, Fractions.Of(p, "analyzing"), stop)));
        });

    [UnmanagedCallersOnly(EntryPoint = "staircase_analyze_tensors")]
    public static int AnalyzeTensors(
        byte* options, long* steps, GivenTensor* tensors, long count, ProgressFunction progress,
        void* context, ulong* analysis) =>
        Border.Give(analysis, () =>
        {
            (AnalysisOptions asked, IReadOnlyDictionary<string, string> config) = Options(options);
            MemoryTensor[] given = Tensors(tensors, count);
            Dictionary<long, MemoryTensors> checkpoints = given.Select((tensor, i) => (tensor, step: steps is null ? 0 : steps[i]))
                .GroupBy(pair => pair.step, pair => pair.tensor)
                .ToDictionary(group => group.Key, group => Source(group.Key, [.. group], config));
            return Watch.Run(progress, context, (p, stop) =>
            {
                using CheckpointSeries series = Guard(() => CheckpointSeries.Of(checkpoints));
                LossTable? losses = asked.Losses is { } path ? LossTable.Read(path) : null;
                return new AnalysisItem(CheckpointAnalysis.Of(
                    series, losses, asked with { Paths = [InMemory] }, null, Fractions.Of(p, "analyzing"), stop));
            });
        });

    [UnmanagedCallersOnly(EntryPoint = "staircase_monitor")]
    public static int Monitor(byte* options, ulong* monitor) => Border.Give(monitor, () =>
    {
        (AnalysisOptions asked, IReadOnlyDictionary<string, string> config) = Options(options);
        return new MonitorItem(new(asked with { Paths = [InMemory] }), config);
    });

    [UnmanagedCallersOnly(EntryPoint = "staircase_log")]
    public static int Log(
        ulong monitor, long step, double* loss, GivenTensor* tensors, long count,
        ProgressFunction progress, void* context) => Border.Call(() =>
        {
            MonitorItem item = Items.Get<MonitorItem>(monitor);
            double? value = loss is null ? null : *loss;
            Require(step >= 0, $"a step must be at least 0, not {step}.");
            MemoryTensors? source = tensors is null ? null : Source(step, Tensors(tensors, count), item.Config);
            Watch.Run(progress, context, (p, stop) =>
            {
                item.Add(step, value, source, Fractions.Of(p, "measuring"), stop);
                return true;
            });
        });

    [UnmanagedCallersOnly(EntryPoint = "staircase_monitor_analysis")]
    public static int MonitorAnalysis(ulong monitor, ulong* analysis) =>
        Border.Give(analysis, () => Items.Get<MonitorItem>(monitor).Analysis());

    [UnmanagedCallersOnly(EntryPoint = "staircase_monitor_plateaus")]
    public static int MonitorPlateaus(ulong monitor, ulong* plateaus) =>
        Border.Give(plateaus, () => Items.Get<MonitorItem>(monitor).Plateaus());

    private static MemoryTensors Source(long step, MemoryTensor[] tensors, IReadOnlyDictionary<string, string> config) =>
        Guard(() => new MemoryTensors($"the state dict of step {step}", tensors, config));

    private static MemoryTensor[] Tensors(GivenTensor* tensors, long count)
    {
        var read = new MemoryTensor[Border.Count(count, "the number of tensors")];
        Border.Require(tensors, "the list of tensors");
        for (int i = 0; i < read.Length; i++)
            read[i] = Tensor(tensors[i], i);
        return read;
    }

    private static MemoryTensor Tensor(GivenTensor given, int index)
    {
        string name = Utf8.Read(given.Name, $"the name of tensor {index}"), type = Utf8.Read(given.Type, $"the type of '{name}'");
        Require(given.Axes is >= 0 and <= MostAxes, $"'{name}' has {given.Axes} axes: from 0 to {MostAxes} are expected.");
        if (given.Axes > 0)
            Border.Require(given.Shape, $"the shape of '{name}'");
        ImmutableArray<long> shape = [.. new ReadOnlySpan<long>(given.Shape, given.Axes)];
        byte* data = (byte*)given.Data;
        MemoryTensor tensor = Guard(() => MemoryTensor.Of(
            name, type, shape, (offset, buffer) => new ReadOnlySpan<byte>(data + offset, buffer.Length).CopyTo(buffer)));
        if (tensor.Info.ByteLength > 0)
            Border.Require(data, $"the data of '{name}'");
        return tensor;
    }

    /// <summary>How to analyze, by the options of <c>staircase analyze</c>; <c>config</c> is what a config.json would say.</summary>
    private static (AnalysisOptions Analysis, IReadOnlyDictionary<string, string> Config) Options(byte* json)
    {
        if (json is null)
            return (new() { Paths = [] }, ImmutableDictionary<string, string>.Empty);
        return Request.Parse(Utf8.Read(json, "the options"), request =>
        {
            var config = ImmutableDictionary<string, string>.Empty;
            var options = new AnalysisOptions { Paths = [] };
            Require(request.ValueKind == JsonValueKind.Object, "expected a JSON object of options, such as {\"heads\": 12}.");
            foreach (JsonProperty option in request.EnumerateObject())
            {
                if (option.Value.ValueKind == JsonValueKind.Null)
                    continue;
                if (option.Name == "config")
                    config = Config(option.Value);
                else
                    options = With(options, option.Name, option.Value);
            }

            return (options, (IReadOnlyDictionary<string, string>)config);
        });
    }

    private static AnalysisOptions With(AnalysisOptions options, string name, JsonElement value) => name switch
    {
        "paths" => options with { Paths = Texts(name, value) },
        "pattern" => options with { Selection = options.Selection with { Pattern = Text(name, value) } },
        "from" => options with { Selection = options.Selection with { From = Whole(name, value, 0) } },
        "to" => options with { Selection = options.Selection with { To = Whole(name, value, 0) } },
        "every" => options with { Selection = options.Selection with { Every = (int)Whole(name, value, 1, int.MaxValue) } },
        "layout" => options with { Storage = options.Storage with { Layout = Layout(Text(name, value)) } },
        "heads" => options with { Storage = options.Storage with { Heads = (int)Whole(name, value, 1, int.MaxValue) } },
        "kv-heads" => options with { Storage = options.Storage with { KeyValueHeads = (int)Whole(name, value, 1, int.MaxValue) } },
        "tensors" => options with { Tensors = Text(name, value) },
        "losses" => options with { Losses = Text(name, value) },
        "directions" => options with { Directions = (int)Whole(name, value, 1, int.MaxValue) },
        "mapped" => options with { Mapped = value.ValueKind == JsonValueKind.True },
        _ => throw new InputException($"unknown option '{name}': {NearestName.Hint(name, Known)}"),
    };

    private static string? Layout(string name) => AnalysisOptions.KnownLayout(name, "auto") is var known && known == "auto" ? null : known;

    private static ImmutableDictionary<string, string> Config(JsonElement config)
    {
        Require(config.ValueKind == JsonValueKind.Object, "‹config› must be an object, as in a config.json.");
        return config.EnumerateObject()
            .Where(member => member.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Null))
            .ToImmutableDictionary(member => member.Name, member => member.Value.ToString(), StringComparer.Ordinal);
    }

    private static string Text(string name, JsonElement value) => value.ValueKind == JsonValueKind.String
        ? value.GetString()!
        : throw new InputException($"‹{name}› must be a text.");

    private static string[] Texts(string name, JsonElement value) => value.ValueKind == JsonValueKind.Array
        ? [.. value.EnumerateArray().Select(item => Text(name, item))]
        : [Text(name, value)];

    private static long Whole(string name, JsonElement value, long least, long most = long.MaxValue) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= least && number <= most
            ? number
            : throw new InputException($"‹{name}› must be a whole number ≥ {least}, not {value.GetRawText()}.");
}
