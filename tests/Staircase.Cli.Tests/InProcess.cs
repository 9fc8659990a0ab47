namespace Staircase.Cli.Tests;

/// <summary>
/// The program without a process of its own: ten times faster to start, but the console is shared, so such tests run one at a time.
/// A program compiled ahead of time starts as fast, and is run instead where one is tested.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class InProcess
{
    public const string Name = "in process";

    internal static Outcome Run(params string[] args) => NativeTests.IsNative
        ? StaircaseProcess.Run(Environment.CurrentDirectory, args)
        : Watch(() => Application.Run(args));

    /// <summary>An action as if it were a command.</summary>
    internal static Outcome Guard(Func<int> action) => Watch(() => Application.Guarded(action));

    private static Outcome Watch(Func<int> run)
    {
        (TextWriter standardOut, TextWriter standardError) = (Console.Out, Console.Error);
        using StringWriter output = new(), error = new();
        Console.SetOut(output);
        Console.SetError(error);
        try
        {
            return new(run(), output.ToString(), error.ToString());
        }
        finally
        {
            Console.SetOut(standardOut);
            Console.SetError(standardError);
        }
    }
}
