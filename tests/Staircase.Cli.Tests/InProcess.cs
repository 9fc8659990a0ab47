namespace Staircase.Cli.Tests;

/// <summary>
/// The program without a process of its own: ten times faster to start, but the console is shared, so such tests run one at a time.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class InProcess
{
    public const string Name = "in process";

    internal static Outcome Run(params string[] args)
    {
        (TextWriter standardOut, TextWriter standardError) = (Console.Out, Console.Error);
        using StringWriter output = new(), error = new();
        Console.SetOut(output);
        Console.SetError(error);
        try
        {
            return new(Application.Run(args), output.ToString(), error.ToString());
        }
        finally
        {
            Console.SetOut(standardOut);
            Console.SetError(standardError);
        }
    }
}
