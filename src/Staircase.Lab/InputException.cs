namespace Staircase.Lab;

/// <summary>Something the user gave is wrong; the message is one line that says what, where, and what was expected.</summary>
public sealed class InputException : Exception
{
    /// <param name="message">One line for a person.</param>
    /// <param name="inner">What was noticed underneath.</param>
    public InputException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }

    /// <summary>Runs an action whose argument errors are the user's.</summary>
    public static T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            throw new InputException(exception.Message, exception);
        }
    }
}
