namespace Staircase.Native;

/// <summary>What stands between a caller and the library: no exception goes out, and nothing is believed that can be looked at.</summary>
internal static unsafe class Border
{
    [ThreadStatic]
    private static byte[]? _error;

    /// <summary>Why the last call of this thread failed; empty where none has.</summary>
    public static ReadOnlySpan<byte> Error => _error;

    /// <summary>Does something; whatever it throws becomes a status and a line.</summary>
    public static int Call(Action action)
    {
        try
        {
            action();
            return Status.Success;
        }
        catch (OperationCanceledException)
        {
            return Fail("stopped.", Status.Stopped);
        }
#pragma warning disable CA1031 // an exception that crosses the border ends the process
        catch (Exception exception)
        {
            return InputException.Of(exception) is { } complaint
                ? Fail(complaint.Marked, Status.BadInput)
                : Fail($"a mistake of the library, not of yours: {exception.GetType().Name}: {exception.Message}", Status.Internal);
        }
#pragma warning restore CA1031
    }

    /// <summary>Makes something, and gives its handle to the caller.</summary>
    /// <param name="handle">Where the handle goes; 0 where nothing could be made.</param>
    /// <param name="make">Makes it; not called where there is no place for a handle.</param>
    public static int Give(ulong* handle, Func<Item> make) => Call(() =>
    {
        Require(handle, "a place for the handle");
        *handle = 0;
        *handle = Items.Add(make());
    });

    /// <summary>Complains of a pointer to nothing.</summary>
    public static void Require(void* pointer, string what)
    {
        if (pointer is null)
            throw new InputException($"{what} is missing: the pointer is null.");
    }

    /// <summary>Complains of a number below zero.</summary>
    public static int Count(long count, string what) => count is >= 0 and <= int.MaxValue
        ? (int)count
        : throw new InputException($"{what} must be from 0 to {int.MaxValue}, not {count}.");

    private static int Fail(string message, int status)
    {
        _error = Utf8.Bytes(message.ReplaceLineEndings(" "));
        return status;
    }
}
