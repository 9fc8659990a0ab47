using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Staircase.Kernels;

namespace Staircase.Benchmarks;

/// <summary>
/// What can be measured on any machine in a few minutes, as the part of docs/benchmarks.md between its two marks: start-up, hot kernels
/// beside what the hardware can do, how cost grows, and PyTorch where it is installed.
/// </summary>
internal static class MeasuredPage
{
    private const string Begin = "<!-- measured: begin -->", End = "<!-- measured: end -->";

    /// <summary>Prints the tables, or writes them between the marks of a page whose path is the only argument.</summary>
    public static int Run(string[] arguments)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        string path = arguments is [string given] ? given : "", page = path.Length > 0 ? File.ReadAllText(path) : "";
        int begin = page.IndexOf(Begin, StringComparison.Ordinal), end = page.IndexOf(End, StringComparison.Ordinal);
        if (path.Length > 0 && (begin < 0 || end < begin))
        {
            Console.Error.WriteLine($"{path} has no line '{Begin}' with a line '{End}' after it, between which the tables would stand.");
            return 2;
        }

        string text = string.Join("\n\n", Machine(), StartUp(), KernelLimits(), Growth(), PyTorch());
        if (path.Length > 0)
            File.WriteAllText(path, $"{page[..begin]}{Begin}\n\n{text}\n\n{page[end..]}");
        else
            Console.WriteLine(text);
        return 0;
    }

    private static string Machine()
    {
        string processor = FirstLine("/proc/cpuinfo", "model name") is { } line ? $", {line.Split(": ")[^1]}" : "";
        string load = FirstLine("/proc/loadavg", "") is { } numbers ? $", load average {numbers.Split(' ')[0]} at the start" : "";
        return $"{Environment.ProcessorCount} cores of {RuntimeInformation.ProcessArchitecture}{processor}, vectors of "
            + $"{KernelHardware.VectorBits} bits; {RuntimeInformation.OSDescription}; {RuntimeInformation.FrameworkDescription}{load}.";

        static string? FirstLine(string file, string start) =>
            File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal)) : null;
    }

    /// <summary>Whole processes, in turn, so that load touches all alike.</summary>
    private static string StartUp()
    {
        const int Rounds = 9;
        string[] commands = ["--version", "predict --no-check", "predict", "predict --dim 8"];
        double[][] times = [.. commands.Select(_ => new double[Rounds])];
        for (int round = 0; round < Rounds; round++)
        {
            foreach ((int index, string command) in commands.Index())
            {
                long start = Stopwatch.GetTimestamp();
                Output("dotnet", [Program, .. command.Split(' ')]);
                times[index][round] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        double[][] sorted = [.. times.Select(row => row.Order().ToArray())];
        return Table(
            "a whole process | median of 9, ms | least, ms | median over that of the first row",
            commands.Zip(sorted, (command, row) =>
                $"`{command}` | {row[Rounds / 2]:F0} | {row[0]:F0} | {row[Rounds / 2] / sorted[0][Rounds / 2]:F1}"));
    }

    /// <summary>Kernels in turn with a bare loop, which only multiplies and adds or only reads as much memory; the best of each.</summary>
    private static string KernelLimits()
    {
        return Table(
            "kernel, one thread | does | here | bare loop | ratio",
            [
                Product<float>(512), Product<float>(2048), Product<double>(512), OuterProducts(360), MultiplyMany(360), Multiply(60),
                Multiply(360), Multiply(2448), Dot(1 << 12), Dot(1 << 22),
            ]);

        string Product<T>(int n)
            where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        {
            T[] a = new T[n * n], b = new T[n * n], c = new T[n * n];
            a.AsSpan().Fill(T.CreateChecked(0.25));
            b.AsSpan().Fill(T.CreateChecked(0.5));
            return Computes<T>($"matrix product, {n}³, {(typeof(T) == typeof(float) ? "single" : "double")}", 2.0 * n * n * n, () =>
                MatrixProduct.Of(T.One, new MatrixView<T>(a, n, n, n), new MatrixView<T>(b, n, n, n), c));
        }

        string OuterProducts(int n)
        {
            const int Count = 256;
            double[] vectors = Normal(Count * n), sums = new double[n * n];
            return Computes<double>(
                $"moments of {Count} sequences, n = {n}", (double)Count * n * (n + 1),
                () => SymmetricMatrix.AddOuterProducts(n, Count, vectors, n, sums, n, 0, n));
        }

        string MultiplyMany(int n)
        {
            const int Count = 64;
            double[] matrix = Normal(n * n), x = Normal(Count * n), y = new double[Count * n];
            return Computes<double>(
                $"symmetric matrix times {Count} vectors, n = {n}", 2.0 * Count * n * n,
                () => SymmetricMatrix.MultiplyMany(n, matrix, n, Count, x, y));
        }

        string Multiply(int n)
        {
            double[] matrix = Normal(n * n), x = Normal(n), y = new double[n];
            return Reads(
                $"symmetric matrix times a vector, n = {n}", n * (n + 1) / 2, () => SymmetricMatrix.Multiply(n, matrix, n, x, y));
        }

        string Dot(int n)
        {
            double[] x = Normal(n), y = Normal(n);
            return Reads($"dot product, n = {n:N0}", 2 * n, () => VectorKernels.Dot(x, y));
        }

        static double[] Normal(int length)
        {
            double[] numbers = new double[length];
            new RandomStream(10, RandomPurpose.Probe).FillNormal(numbers);
            return numbers;
        }
    }

    private static string Computes<T>(string name, double operations, Action kernel)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        const int Rounds = 10_000;
        double loopOperations = HardwareLimit.MultiplyAdd<T>(Rounds);
        (double here, double loop) = Rates(kernel, operations, () => HardwareLimit.MultiplyAdd<T>(Rounds), loopOperations);
        return $"{name} | computes | {here / 1e9:F1} Gflop/s | {loop / 1e9:F1} Gflop/s | {here / loop:P0}";
    }

    private static string Reads(string name, int numbers, Action kernel)
    {
        double[] memory = new double[numbers];
        memory.AsSpan().Fill(1); // memory that was never written is one page of zeros, which would be read from the first-level cache
        double bytes = sizeof(double) * (double)numbers;
        (double here, double loop) = Rates(kernel, bytes, () => HardwareLimit.Sum(memory), bytes);
        return $"{name} | reads {bytes / 1024:N0} KiB | {here / 1e9:F1} GB/s | {loop / 1e9:F1} GB/s | {here / loop:P0}";
    }

    /// <summary>
    /// The best rates of two actions that are run in turn for two seconds, in bursts of five milliseconds of processor time, which waiting
    /// for a core does not touch.
    /// </summary>
    private static (double First, double Second) Rates(Action first, double firstAmount, Action second, double secondAmount)
    {
        int firstRepeats = Repeats(first, 5e-3), secondRepeats = Repeats(second, 5e-3);
        (double First, double Second) best = (0, 0);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed.TotalSeconds < 2;)
        {
            best.First = Math.Max(best.First, firstAmount / ProcessorTime(first, firstRepeats));
            best.Second = Math.Max(best.Second, secondAmount / ProcessorTime(second, secondRepeats));
        }

        return best;
    }

    /// <summary>Processor time, which waiting for a core does not touch, as one number of a setting doubles.</summary>
    private static string Growth()
    {
        int[] dimensions = [2, 4, 8, 16], heads = [5, 10, 20, 40], lengths = [16, 32, 64, 128];
        return Table(
            "what | as it doubles | processor time | growth at each doubling",
            [
                Grows("a prediction, H = D + 1", "D", dimensions, D => Predict(D, D + 1, 31)),
                Grows("a prediction, D = 4", "H", heads, H => Predict(4, H, 31)),
                Grows("a prediction, D = 4, H = 5", "N", lengths, N => Predict(4, 5, N)),
                Grows("a step on the moments of a sample, H = D + 1", "D", dimensions, D => Step(D, D + 1)),
                Grows("a step on the moments of a sample, D = 4", "H", heads, H => Step(4, H)),
                Grows("drawing 4,000 sequences and their moments, D = 4", "N", lengths, Draw),
            ]);

        static Action Predict(int D, int H, int N)
        {
            var model = new SeparateAttention(D, H, 1);
            ModeMoments moments = ModeMoments.Of(RegressionTask.Create(Spectrum.Linear(D), contextLength: N));
            double[] weights = model.Initialize(scale: 0.01, seed: 10);
            return () => Prediction.Of(model, weights, moments);
        }

        static Action Step(int D, int H)
        {
            var model = new SeparateAttention(D, H, 1);
            QuadraticLoss loss = QuadraticLoss.From(RegressionTask.Create(Spectrum.Linear(D), contextLength: 31).Sample(500, seed: 10));
            double[] weights = model.Initialize(scale: 0.01, seed: 10, InitializationScheme.Full);
            var descent = new Descent<double>(new Objective(model, loss), new GradientDescent(1e-12), weights);
            return () => descent.Advance();
        }

        static Action Draw(int N) =>
            () => QuadraticLoss.From(RegressionTask.Create(Spectrum.Linear(4), contextLength: N).Sample(4000, seed: 10));
    }

    private static string Grows(string what, string letter, int[] values, Func<int, Action> setting)
    {
        double[] times = [.. values.Select(value => Median(setting(value)))];
        return $"{what} | {letter} = {string.Join(", ", values)} | {string.Join(", ", times.Select(Time))} | "
            + string.Join(", ", times.Zip(times.Skip(1), (one, two) => $"{two / one:F1}"));

        static string Time(double seconds) => seconds switch
        {
            < 1e-3 => $"{seconds * 1e6:G2} µs",
            < 1 => $"{seconds * 1e3:G3} ms",
            _ => $"{seconds:G3} s",
        };
    }

    /// <summary>Median of five, each of repetitions that take a twentieth of a second together; compilation comes before.</summary>
    private static double Median(Action action)
    {
        int repeats = Repeats(action, 0.05);
        return Enumerable.Range(0, 5).Select(_ => ProcessorTime(action, repeats)).Order().ElementAt(2);
    }

    /// <summary>How many repetitions take so many seconds of processor time, or a little more.</summary>
    private static int Repeats(Action action, double seconds)
    {
        action(); // compiles it
        int repeats = 1;
        while (repeats * ProcessorTime(action, repeats) < seconds)
            repeats *= 2;
        return repeats;
    }

    /// <summary>Seconds of processor time, over all threads, that one of several repetitions takes.</summary>
    private static double ProcessorTime(Action action, int repeats)
    {
        double before = Environment.CpuUsage.TotalTime.TotalSeconds;
        for (int i = 0; i < repeats; i++)
            action();
        return (Environment.CpuUsage.TotalTime.TotalSeconds - before) / repeats;
    }

    private static string PyTorch()
    {
        string? script = SideBySide(), python = new[] { "/usr/bin/python3", "python3", "python" }.FirstOrDefault(HasTorch);
        if (script is null || python is null)
        {
            return "Plain PyTorch was not measured beside it: "
                + (script is null ? "this program runs outside the repository." : "no Python here imports torch and numpy.");
        }

        string[] runs = [.. new[] { "--epochs 5", "--epochs 20 --query-only" }.Select(options =>
            Output(python, [script, "separate", .. options.Split(' '), "--staircase", Program])?.TrimEnd() ?? "side_by_side.py failed")];
        return $"```text\n{string.Join('\n', runs)}\n```";

        static bool HasTorch(string python) => Output(python, ["-c", "import torch, numpy"]) is not null;

        static string? SideBySide()
        {
            string? folder = AppContext.BaseDirectory;
            while (folder is not null && !File.Exists(Path.Combine(folder, "Staircase.slnx")))
                folder = Path.GetDirectoryName(folder);
            return folder is null ? null : Path.Combine(folder, "benchmarks", "side-by-side", "side_by_side.py");
        }
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "Staircase.Cli.dll");

    /// <summary>What a program printed; null where it is not there or failed.</summary>
    private static string? Output(string program, string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            })!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            string printed = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? printed : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    private static string Table(string header, IEnumerable<string> rows)
    {
        string line = string.Join(" | ", header.Split(" | ").Select(_ => "---"));
        return string.Join('\n', rows.Prepend(line).Prepend(header).Select(row => $"| {row} |"));
    }
}
