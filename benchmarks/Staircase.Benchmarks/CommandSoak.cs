using System.Diagnostics;
using System.Globalization;
using Staircase.Cli.Tests;

namespace Staircase.Benchmarks;

/// <summary>Random command lines for hours: <c>soak [commands] [seed]</c>. Every complaint is printed.</summary>
internal static class CommandSoak
{
    public static int Run(string[] args)
    {
        int commands = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
        int seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 2026;
        string folder = Directory.CreateTempSubdirectory("staircase-soak-").FullName;
        var watch = Stopwatch.StartNew();
        int wrong = 0;
        for (int i = 0; i < commands; i++)
        {
            if (Soak.Complaint(RandomCommands.Draw(seed, i), folder) is not { } complaint)
                continue;
            wrong++;
            Console.WriteLine($"{i}: {complaint}\n");
        }

        Directory.Delete(folder, recursive: true);
        Console.WriteLine($"{commands} commands of seed {seed} in {watch.Elapsed.TotalSeconds:F0} s; {wrong} complaints");
        return wrong == 0 ? 0 : 1;
    }
}
