using System.Diagnostics;

namespace Staircase.Tests.Dynamics;

/// <summary>Losses that work in parallel give the same bits on any number of threads: here on one, on the usual ones and on many.</summary>
[Collection(nameof(ThreadCountTests))]
public class ThreadCountTests
{
    /// <summary>Set in the child process, whose runtime sees one processor: the file to write the bits to.</summary>
    private const string BitsFile = "STAIRCASE_BITS_FILE";

    private static readonly string[] Losses = ["sequences", "sequences, varied context", "online", "quadratic"];

    [Fact]
    public void The_number_of_threads_does_not_change_a_bit()
    {
        string[] usual = [.. Losses.SelectMany(Train)];
        if (Environment.GetEnvironmentVariable(BitsFile) is { } path)
        {
            Assert.Equal(1, Environment.ProcessorCount);
            File.WriteAllLines(path, usual);
            return;
        }

        AssertSame("a second time", usual, [.. Losses.SelectMany(Train)]);
        AssertSame("on many threads", usual, WithManyPoolThreads(() => [.. Losses.SelectMany(Train)]));
        AssertSame("on one thread", usual, OnOneProcessor());
    }

    /// <summary>Losses and final weights of a short training, as the hexadecimal digits of their bits.</summary>
    private static IEnumerable<string> Train(string name)
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(4), 12).InRandomBasis(1);
        var model = new SeparateAttention(4, 3, 1);
        IAttentionLoss loss = name switch
        {
            "sequences" => SequenceLoss.From(new TokenStatistics(task.Sample(1000, 5), task.OutputScale, false)),
            "sequences, varied context" => SequenceLoss.From(new TokenStatistics(task.Sample(500, 5), task.OutputScale, true)),
            "online" => new OnlineLoss(new TokenStatistics(task.Sample(int.MaxValue, 5), task.OutputScale, false), 500),
            _ => QuadraticLoss.From(task.Sample(3000, 5, SampleCorrections.CentreInputs)),
        };
        Trajectory run = Descent.Run(model, loss, model.Initialize(0.3, 2, InitializationScheme.Full), new GradientDescent(0.05), 20);
        Assert.NotEqual(run.Losses[0], run.Losses[^1]);
        return run.Losses.Concat(run.FinalWeights).Select(x => $"{name} {BitConverter.DoubleToInt64Bits(x):X16}");
    }

    private static string[] OnOneProcessor()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var start = new ProcessStartInfo(
            Environment.ProcessPath!,
            ["--filter-method", $"{typeof(ThreadCountTests).FullName}.{nameof(The_number_of_threads_does_not_change_a_bit)}"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment["DOTNET_PROCESSOR_COUNT"] = "1";
        start.Environment[BitsFile] = file;
        using Process child = Process.Start(start)!;
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.True(child.ExitCode == 0 && File.Exists(file), $"the run on one processor failed with exit code {child.ExitCode}: {output}");
        string[] lines = File.ReadAllLines(file);
        File.Delete(file);
        return lines;
    }

    private static string[] WithManyPoolThreads(Func<string[]> train)
    {
        ThreadPool.GetMinThreads(out int workers, out int ports);
        ThreadPool.SetMinThreads(16, ports);
        string[] result = train();
        ThreadPool.SetMinThreads(workers, ports);
        return result;
    }

    private static void AssertSame(string how, string[] expected, string[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(expected[i] == actual[i], $"number {i} {how}: expected the bits {expected[i]}, actual {actual[i]}");
    }
}
