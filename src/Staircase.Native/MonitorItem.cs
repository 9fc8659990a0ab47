namespace Staircase.Native;

/// <summary>A training that is under way elsewhere.</summary>
internal sealed class MonitorItem(LiveAnalysis live, IReadOnlyDictionary<string, string> config) : Item
{
    private readonly Lock _lock = new();

    public override string What => "a monitor";

    /// <summary>What a config.json would say of the model.</summary>
    public IReadOnlyDictionary<string, string> Config => config;

    /// <summary>Adds what came: a loss, a checkpoint, or both.</summary>
    public void Add(long step, double? loss, MemoryTensors? tensors, IProgress<double>? progress, CancellationToken stop)
    {
        lock (_lock)
            live.Add(step, loss, tensors, progress, stop);
    }

    /// <summary>Everything so far.</summary>
    /// <exception cref="InputException">There was no checkpoint yet.</exception>
    public AnalysisItem Analysis()
    {
        lock (_lock)
            return new(live.Analysis() ?? throw new InputException("no checkpoint has been given yet."));
    }

    /// <summary>The plateaus so far, found anew each time.</summary>
    public FoundItem Plateaus()
    {
        lock (_lock)
            return new(Json.List(live.Plateaus(), Json.Of));
    }
}

/// <summary>A list of things that were found, as JSON.</summary>
internal sealed class FoundItem(JsonArray found) : Item
{
    public override string What => "a list";

    protected override string? MakeText(string name) => name == "list" ? Json.Text(found) : null;
}
