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

    /// <summary>Says what is wrong where a condition does not hold.</summary>
    /// <param name="condition">What must hold.</param>
    /// <param name="message">One line for a person.</param>
    /// <exception cref="InputException">It does not hold.</exception>
    internal static void Require(bool condition, string message)
    {
        if (!condition)
            throw new InputException(message);
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
