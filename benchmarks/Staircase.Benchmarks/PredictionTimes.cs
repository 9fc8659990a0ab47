using System.Diagnostics;
using System.Globalization;
using Staircase.Lab;

namespace Staircase.Benchmarks;

/// <summary>
/// What predictions of separate attention cost, one after another: whole ones, the other races that give their intervals included, and
/// sketches. <c>predict-times [settings] [seed] [dimension] [further options]</c>.
/// </summary>
internal static class PredictionTimes
{
    public static int Run(string[] args)
    {
        int count = Number(0, 200), seed = Number(1, 2026), D = Number(2, 4);
        RegressionStudy[] studies =
        [
            .. Enumerable.Range(0, count + 1).Select(i => Study(new Random(unchecked(seed * 1_000_003 + i)), D, args.Skip(3))),
        ];
        Console.WriteLine("| D | kind | settings | clock, ms each | processor, ms each | median | 95th percentile | KiB allocated each |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- |");
        Print("whole", study => Prediction.Of(study.Model, study.InitialWeights, study.Moments!));
        Print("sketch", study => HeadRace.Sketch((SeparateAttention)study.Model, study.InitialWeights, study.Moments!));
        return 0;

        int Number(int position, int otherwise) =>
            args.Length > position ? int.Parse(args[position], CultureInfo.InvariantCulture) : otherwise;

        void Print(string kind, Func<RegressionStudy, Prediction> predict)
        {
            predict(studies[count]);
            double[] times = new double[count];
            long allocated = GC.GetTotalAllocatedBytes();
            TimeSpan processor = Process.GetCurrentProcess().TotalProcessorTime;
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < count; i++)
            {
                long from = Stopwatch.GetTimestamp();
                predict(studies[i]);
                times[i] = Stopwatch.GetElapsedTime(from).TotalMilliseconds;
            }

            double clock = Stopwatch.GetElapsedTime(start).TotalMilliseconds / count;
            double spent = (Process.GetCurrentProcess().TotalProcessorTime - processor).TotalMilliseconds / count;
            double memory = (GC.GetTotalAllocatedBytes() - allocated) / 1024.0 / count;
            Array.Sort(times);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {D} | {kind} | {count} | {clock:0.00} | {spent:0.00} | {times[count / 2]:0.00} | {times[count * 95 / 100]:0.00} | "
                + $"{memory:0} |"));
        }
    }

    private static RegressionStudy Study(Random random, int D, IEnumerable<string> options)
    {
        Experiment experiment = new RegressionExperiment();
        string[] words = [.. Predictions.Separate(random, D).Split(' '), .. options];
        for (int i = 0; i < words.Length; i += 2)
            experiment = experiment.Kind.Set(experiment, words[i][2..], words[i + 1], null);
        return (RegressionStudy)experiment.Prepare();
    }
}
