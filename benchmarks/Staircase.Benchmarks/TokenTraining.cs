using System.Diagnostics;
using Staircase.Kernels;
using Staircase.Transformers;

namespace Staircase.Benchmarks;

/// <summary>
/// Trains a transformer on in-context Markov chains, at the published sizes or others, and says what a step takes beside its attention.
/// </summary>
internal static class TokenTraining
{
    /// <summary>Runs <c>tokens [STEPS] [THREADS] [LAYERS HEADS HEAD-WIDTH CONTEXT BATCH MLP relative|absolute]</c>.</summary>
    public static int Run(string[] arguments)
    {
        int steps = arguments.Length > 0 ? int.Parse(arguments[0]) : 300;
        using var team = new ThreadTeam(arguments.Length > 1 ? int.Parse(arguments[1]) : Environment.ProcessorCount);
        int[] sizes = arguments.Length > 7 ? [.. arguments[2..8].Select(int.Parse)] : [2, 4, 8, 100, 64, 0];
        (int layers, int heads, int width, int context, int batch, int mlp) = (sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5]);
        var shape = new TransformerShape
        {
            Layers = layers,
            Heads = heads,
            ModelDimension = heads * width,
            HeadDimension = width,
            Vocabulary = 3,
            ContextLength = context,
            MlpDimension = mlp,
            LayerNorm = mlp > 0,
            Positions = arguments is [.., "absolute"] ? PositionKind.Absolute : PositionKind.Relative,
        };
        var model = new TokenTransformer<float>(shape, team);
        var objective = new TokenObjective<float>(model, new MarkovTask(3, 1, 1, 1), batch);
        var training = new Descent<float>(objective, new Adam(5e-4, 0.9, 0.95, WeightDecay: 0.1), model.Initialize(0.577, 1));
        for (int step = 0; step < 20; step++)
            training.Advance();
        var times = new double[steps];
        double processor = Environment.CpuUsage.TotalTime.TotalSeconds, loss = 0;
        for (int step = 0; step < steps; step++)
        {
            long start = Stopwatch.GetTimestamp();
            loss = training.Advance();
            times[step] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        processor = (Environment.CpuUsage.TotalTime.TotalSeconds - processor) * 1000 / steps;
        double attention = layers * Attention(heads, width, context, batch, shape.Positions), median = times.Order().ElementAt(steps / 2);
        Console.WriteLine(
            $"{team.Threads} threads: a step {median:F1} ms (median; quartile {times.Order().ElementAt(steps / 4):F1}), " +
            $"{processor:F1} ms of processor time; its attention alone {attention:F1} ms on one thread");
        Console.WriteLine(
            $"{batch * context / median * 1000:N0} tokens a second; loss {loss:G4} after {steps + 20} steps; " +
            $"{Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB");
        return 0;
    }

    /// <summary>Milliseconds for both passes of the attention of a layer, one thread, a sequence at a time.</summary>
    private static double Attention(int heads, int width, int context, int batch, PositionKind positions)
    {
        int numbers = context * heads * width;
        var random = new Random(1);
        float[] Normal(int length) => [.. Enumerable.Range(0, length).Select(_ => (float)random.NextDouble() - 0.5f)];
        float[] qkv = Normal(3 * numbers), relative = positions == PositionKind.Relative ? Normal(numbers) : [], dOutput = Normal(numbers);
        float[] output = new float[numbers], dqkv = new float[3 * numbers], dRelative = new float[relative.Length];
        float[] probabilities = new float[heads * context * CausalAttention.RowLength(context)];
        float[] work = new float[CausalAttention.WorkspaceLength(context, width)];
        var times = new double[30];
        for (int i = 0; i < times.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int sequence = 0; sequence < batch; sequence++)
            {
                CausalAttention.Forward<float>(1, heads, context, width, 0.3f, qkv, relative, probabilities, work, output);
                CausalAttention.Backward<float>(
                    1, heads, context, width, 0.3f, qkv, relative, probabilities, dOutput, work, dqkv, dRelative);
            }

            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        return times.Order().ElementAt(times.Length / 2);
    }
}
