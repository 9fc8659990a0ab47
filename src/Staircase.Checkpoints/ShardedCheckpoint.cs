using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Staircase.Checkpoints;

/// <summary>
/// A checkpoint in several files with an index, <c>model.safetensors.index.json</c> or <c>pytorch_model.bin.index.json</c>: each tensor
/// from the file that the index names.
/// </summary>
/// <remarks>
/// File names must be plain ones of the index's own folder; every named tensor must be there, and none of a shard's may be missing from the
/// index.
/// </remarks>
public sealed class ShardedCheckpoint : ITensorSource
{
    private const long MostIndexBytes = 100_000_000;
    private const int EntryBytes = 300; // a name in two tables

    private readonly Dictionary<string, ITensorSource> _fileOf;
    private readonly ITensorSource[] _files;

    private ShardedCheckpoint(
        string path, ITensorSource[] files, Dictionary<string, ITensorSource> fileOf, IReadOnlyDictionary<string, string> metadata)
    {
        Path = path;
        _files = files;
        _fileOf = fileOf;
        Metadata = metadata;
        Tensors = [.. files.SelectMany(file => file.Tensors)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Missing { get; private init; } = [];

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Whether a file is called as an index of shards is.</summary>
    public static bool IsIndex(string path) => path.EndsWith(".index.json", StringComparison.Ordinal);

    /// <summary>Opens an index and all of its shards.</summary>
    /// <param name="path">The index.</param>
    /// <param name="mapped">Whether to read shards of safetensors by mapping them into memory.</param>
    /// <param name="partial">Whether shards may be missing, or end early.</param>
    /// <exception cref="CheckpointFormatException">The index or a shard breaks a rule, or a shard is missing.</exception>
    public static ShardedCheckpoint Open(string path, bool mapped = false, bool partial = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var context = new ErrorContext(path);
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        (Dictionary<string, string> map, Dictionary<string, string> metadata) = ReadIndex(path, folder, partial, context);
        var files = new Dictionary<string, ITensorSource>();
        try
        {
            var fileOf = new Dictionary<string, ITensorSource>();
            var missing = new List<string>();
            foreach ((string name, string shard) in map)
            {
                ErrorContext here = context with { ItemName = name };
                if (partial && !File.Exists(System.IO.Path.Combine(folder, shard)))
                {
                    missing.Add(name);
                    continue;
                }

                if (!files.TryGetValue(shard, out ITensorSource? file))
                    files.Add(shard, file = CheckpointFile.Open(System.IO.Path.Combine(folder, shard), mapped, partial));
                if (partial && file.Missing.Contains(name))
                {
                    missing.Add(name);
                    continue;
                }

                if (!file.TryGetInfo(name, out _))
                    throw here.Fail(null, $"the shard {DisplayText.Quote(shard)}, which does not hold it", "the shard that does");
                fileOf.Add(name, file);
            }

            foreach ((string shard, ITensorSource file) in files)
            {
                if (file.Tensors.FirstOrDefault(tensor => fileOf.GetValueOrDefault(tensor.Name) != file) is { } stray)
                {
                    throw (context with { ItemName = stray.Name }).Fail(
                        null, $"it in the shard {DisplayText.Quote(shard)} against the index", "every tensor once, where the index says");
                }
            }

            return new ShardedCheckpoint(path, [.. files.Values], fileOf, metadata) { Missing = missing };
        }
        catch
        {
            foreach (ITensorSource file in files.Values)
                file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool TryGetInfo(string name, [NotNullWhen(true)] out TensorInfo? info)
    {
        info = null;
        return _fileOf.TryGetValue(name, out ITensorSource? file) && file.TryGetInfo(name, out info);
    }

    /// <inheritdoc/>
    public double[] ReadDouble(string name) => Find(name).ReadDouble(name);

    /// <inheritdoc/>
    public void Visit(string name, TensorVisitor visit) => Find(name).Visit(name, visit);

    /// <inheritdoc/>
    public string FileOf(string name) => Find(name).Path;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ITensorSource file in _files)
            file.Dispose();
    }

    private ITensorSource Find(string name) =>
        _fileOf.TryGetValue(name, out ITensorSource? file) ? file
        : Missing.Contains(name)
            ? throw new ErrorContext(Path, name).Fail(null, "a shard that is not there", "every shard beside the index")
        : throw DisplayText.Missing(Path, "tensor", name, _fileOf.Keys);

    private static (Dictionary<string, string> Map, Dictionary<string, string> Metadata) ReadIndex(
        string path, string folder, bool partial, ErrorContext context)
    {
        using FileStream stream = File.OpenRead(path);
        if (stream.Length > MostIndexBytes)
            throw context.Fail(0, $"an index of {stream.Length} bytes", $"at most {MostIndexBytes}");
        var map = new Dictionary<string, string>();
        var metadata = new Dictionary<string, string>();
        var budget = new MemoryBudget(stream.Length, context);
        budget.Charge(stream.Length, 0);
        var shards = new Dictionary<string, string>(); // names, each kept once
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 16 });
        try
        {
            Require(ref reader, JsonTokenType.StartObject, context);
            bool found = false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("weight_map") && !found)
                {
                    found = true;
                    Require(ref reader, JsonTokenType.StartObject, context);
                    while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                    {
                        string name = reader.GetString()!;
                        Require(ref reader, JsonTokenType.String, context);
                        budget.Charge(EntryBytes + 2 * name.Length, reader.TokenStartIndex);
                        if (!map.TryAdd(name, Shard(reader.GetString()!, name, reader.TokenStartIndex)))
                        {
                            throw (context with { ItemName = name }).Fail(
                                reader.TokenStartIndex, "the name a second time", "each name once");
                        }
                    }
                }
                else if (reader.ValueTextEquals("weight_map"))
                {
                    throw context.Fail(reader.TokenStartIndex, "a second weight_map", "one");
                }
                else
                {
                    string key = reader.GetString()!;
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.String)
                    {
                        budget.Charge(EntryBytes + 2L * (key.Length + reader.ValueSpan.Length), reader.TokenStartIndex);
                        metadata[key] = reader.GetString()!;
                    }
                    else
                        reader.Skip();
                }
            }

            reader.Read();
            if (map.Count == 0)
                throw context.Fail(0, "an index without weight_map", "the file of each tensor under 'weight_map'");
            return (map, metadata);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw context.Fail(reader.TokenStartIndex, $"an index that does not parse ({exception.Message})", "UTF-8 JSON", exception);
        }

        string Shard(string shard, string name, long at)
        {
            if (shards.TryGetValue(shard, out string? known))
                return known;
            ErrorContext here = context with { ItemName = name };
            if (NpzName.Complaint(shard) is not null || shard.AsSpan().ContainsAny('/', '\\') || IsIndex(shard))
                throw here.Fail(at, $"the shard {DisplayText.Quote(shard)}", "the plain name of a file beside the index");
            var file = new FileInfo(System.IO.Path.Combine(folder, shard));
            if (file.Exists && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
                file = target; // a cache keeps the shard elsewhere, and a link's own length is that of a path
            if (!file.Exists && !partial)
                throw here.Fail(at, $"the shard {DisplayText.Quote(shard)}, which is missing", "it beside the index");
            if (file.Exists)
                budget.Allow(file.Length);
            shards.Add(shard, shard);
            return shard;
        }
    }

    private static void Require(ref Utf8JsonReader reader, JsonTokenType type, ErrorContext context)
    {
        if (!reader.Read() || reader.TokenType != type)
            throw context.Fail(reader.TokenStartIndex, $"{reader.TokenType}", $"{type}");
    }
}
