using System.CommandLine;
using Staircase.Lab;

namespace Staircase.Cli;

/// <summary><c>staircase reproduce</c>.</summary>
public sealed class ReproduceCommand : ICommand
{
    /// <inheritdoc/>
    public int Order => 4;

    /// <inheritdoc/>
    public Command Create()
    {
        var command = new Command("reproduce", "x");
        var names = new Argument<string[]>("NAME") { Arity = ArgumentArity.OneOrMore };
        command.Arguments.Add(names);
        command.SetAction(parsed =>
        {
            foreach (IFigure f in FigureCatalogue.Named(parsed.GetValue(names)!))
            {
                var w = System.Diagnostics.Stopwatch.StartNew();
                ReportSection s = f.Reproduce(new Bench(false));
                Console.WriteLine($"{f.Name} {w.Elapsed.TotalSeconds:G3} s");
                foreach (Check c in s.Checks)
                    Console.WriteLine($"{(c.Passed ? "ok  " : "FAIL")} {c.Claim}: {c.Measured} vs {c.Predicted} {c.Tolerance} {c.Reason}");
            }
            return 0;
        });
        return command;
    }
}
