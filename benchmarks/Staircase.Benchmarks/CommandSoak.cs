using System.Diagnostics;
using System.Globalization;
using Staircase.Cli.Tests;

namespace Staircase.Benchmarks;

/// <summary>
/// Random command lines for hours: <c>soak [commands] [seed]</c>. One process a core shares them, as the console of a process serves one
/// command at a time. Every complaint is printed, in the order of the commands.
/// </summary>
internal static class CommandSoak
{
    private const string Part = "part";

    /// <summary>Begins a complaint in what a part prints: no command prints it.</summary>
    private const char Mark = '\u0001';

    public static int Run(string[] args)
    {
        if (args is [Part, .. string[] numbers])
            return RunPart([.. numbers.Select(number => int.Parse(number, CultureInfo.InvariantCulture))]);
        int commands = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
        int seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 2026;
        var watch = Stopwatch.StartNew();
        int parts = Environment.ProcessorCount;
        string[] printed = new string[parts];
        int[] codes = new int[parts];
        Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = parts }, i =>
        {
            using Process process = Start(Part, $"{i}", $"{parts}", $"{commands}", $"{seed}");
            printed[i] = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            codes[i] = process.ExitCode;
        });
        (int Index, string Text)[] complaints =
        [
            .. printed.SelectMany(text => text.Split(Mark).Skip(1))
                .Select(text => (int.Parse(text[..text.IndexOf(':', StringComparison.Ordinal)], CultureInfo.InvariantCulture), text))
                .OrderBy(complaint => complaint.Item1),
        ];
        foreach ((int _, string text) in complaints)
            Console.WriteLine(text);
        for (int i = 0; i < parts; i++)
        {
            if (codes[i] != 0)
                Console.WriteLine($"part {i + 1} of {parts} ended with exit code {codes[i]} before it was through");
        }

        Console.WriteLine($"{commands} commands of seed {seed} in {watch.Elapsed.TotalSeconds:F0} s; {complaints.Length} complaints");
        return complaints.Length == 0 && codes.All(code => code == 0) ? 0 : 1;
    }

    /// <summary>Every so manieth command.</summary>
    private static int RunPart(int[] numbers)
    {
        (int part, int parts, int commands, int seed) = (numbers[0], numbers[1], numbers[2], numbers[3]);
        string folder = Directory.CreateTempSubdirectory("staircase-soak-").FullName;
        for (int i = part; i < commands; i += parts)
        {
            if (Soak.Complaint(RandomCommands.Draw(seed, i), folder) is { } complaint)
                Console.WriteLine($"{Mark}{i}: {complaint}");
        }

        Directory.Delete(folder, recursive: true);
        return 0;
    }

    /// <summary>This program again, whether by its own launcher or by that of .NET.</summary>
    private static Process Start(params string[] words)
    {
        string launcher = Environment.ProcessPath!;
        bool isOwn = Path.GetFileNameWithoutExtension(launcher) != "dotnet";
        var start = new ProcessStartInfo(launcher) { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (string word in (string[])[.. isOwn ? [] : new[] { typeof(CommandSoak).Assembly.Location }, "soak", .. words])
            start.ArgumentList.Add(word);
        return Process.Start(start)!;
    }
}
