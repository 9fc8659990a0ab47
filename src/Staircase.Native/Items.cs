using System.Collections.Concurrent;

namespace Staircase.Native;

/// <summary>What handles stand for. A handle is a number that is never used again: one that was closed is a mistake, not a crash.</summary>
internal static class Items
{
    private static readonly ConcurrentDictionary<ulong, Item> Open = new();
    private static ulong _last;

    /// <summary>How many are open.</summary>
    public static long Count => Open.Count;

    /// <summary>Gives something a handle.</summary>
    public static ulong Add(Item item)
    {
        ulong handle = Interlocked.Increment(ref _last);
        Open[handle] = item;
        return handle;
    }

    /// <summary>What a handle stands for.</summary>
    /// <exception cref="InputException">Nothing, or something else.</exception>
    public static T Get<T>(ulong handle)
        where T : Item => Get(handle) as T
        ?? throw new InputException($"handle {handle} is {Get(handle).What}, and this call wants another thing.");

    /// <inheritdoc cref="Get{T}"/>
    public static Item Get(ulong handle) => Open.TryGetValue(handle, out Item? item)
        ? item
        : throw new InputException($"there is nothing open under handle {handle}.");

    /// <summary>Forgets it; calls that are using it end in peace.</summary>
    /// <exception cref="InputException">Nothing is open under it.</exception>
    public static void Close(ulong handle)
    {
        Require(Open.TryRemove(handle, out _), $"there is nothing open under handle {handle}.");
    }
}
