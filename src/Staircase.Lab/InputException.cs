namespace Staircase.Lab;

/// <summary>
/// What a person gave cannot be used. The message is one line: what was wrong, where, what was expected, what to do. It names keys as
/// ‹key›, so that each door can put its own dashes to them; <see cref="Exception.Message"/> has them plain.
/// </summary>
/// <param name="message">The line, with keys in ‹ ›.</param>
/// <param name="inner">What caused it, if anything.</param>
/// <param name="where">Where the value stood, such as <c>experiment.yaml, line 3</c>; null for the command line.</param>
public sealed partial class InputException(string message, Exception? inner = null, string? where = null)
    : Exception(Plain(message, where), inner)
{
    private readonly string _text = message;

    /// <summary>Where the value stood; null where that is not known, or is the command line.</summary>
    public string? Where { get; } = where;

    /// <summary>The first key that the message names.</summary>
    public string? Key => Named().Match(_text) is { Success: true } match ? match.Groups["key"].Value : null;

    /// <summary>The message with its keys as ‹key›, unless they stood in a file: for doors with other dashes.</summary>
    public string Marked => Where is null ? _text : Message;

    /// <summary>The message for the command line: keys as options, unless they stood in a file.</summary>
    public string ForCommandLine => Where is null ? Named().Replace(_text, "--${key}") : Message;

    /// <summary>The same complaint about a value that stood somewhere.</summary>
    public InputException At(string where) => Where is null ? new(_text, this, where) : this;

    /// <summary>What a person who gave the input should read of an exception; null where the program is to blame.</summary>
    public static InputException? Of(Exception exception) => exception switch
    {
        InputException input => input,
        IOException or UnauthorizedAccessException => new(exception.Message, exception),
        OutOfMemoryException or OverflowException or AggregateException { InnerException: OutOfMemoryException } => new(
            "there is not enough memory for this: lower ‹dim›, ‹heads›, ‹context› or the number of sequences of ‹data›.", exception),
        _ => null,
    };

    /// <summary>Complains unless a condition holds.</summary>
    public static void Require(bool condition, string message)
    {
        if (!condition)
            throw new InputException(message);
    }

    /// <summary>Whether a file or a folder is to blame, which is not there, full or somebody else's.</summary>
    public static bool IsOfFiles(Exception? exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>Reads a file that a person named.</summary>
    /// <param name="what">The file, as the complaint begins.</param>
    /// <exception cref="InputException">It cannot be read.</exception>
    internal static T Reading<T>(string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (
            IsOfFiles(exception) || exception is ArgumentException or CheckpointFormatException)
        {
            throw new InputException($"{what} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Writes something for a person.</summary>
    /// <param name="what">What is written to, as the complaint begins.</param>
    /// <exception cref="InputException">It cannot be written.</exception>
    internal static void Writing(string what, Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (IsOfFiles(exception))
        {
            throw new InputException($"{what} cannot be written: {exception.Message}", exception);
        }
    }

    /// <summary>Does something of the library whose complaints about arguments and files are about a person's input here.</summary>
    /// <param name="of">What they are about, as the complaint begins; null where they say it.</param>
    public static T Guard<T>(Func<T> action, string? of = null)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (exception is ArgumentException or CheckpointFormatException)
        {
            throw new InputException(of is null ? exception.Message : $"{of}: {exception.Message}", exception);
        }
    }

    private static string Plain(string message, string? where) => (where is null ? "" : $"{where}: ") + Named().Replace(message, "${key}");

    [GeneratedRegex("‹(?<key>[^›]+)›", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Named();
}
