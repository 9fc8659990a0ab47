using Staircase.Kernels;
using Staircase.Checkpoints;

namespace Staircase.Lab;

/// <summary>Sequences in an npz file: <c>tokens</c> [P, N+1, D+1], the query last with label entry 0, and <c>targets</c> [P].</summary>
public static class DataFile
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It cannot be read or its arrays are misshapen or not finite.</exception>
    public static TokenArray Read(string path)
    {
        using var file = new ArrayFile(path, "data");
        Tensor tokens = file.Read("tokens", "[P, N+1, D+1]", null, null, null);
        Tensor targets = file.Read("targets", "[P]", (int)tokens.Shape[0]);
        try
        {
            return new TokenArray(tokens.Values, targets.Values, (int)tokens.Shape[1], (int)tokens.Shape[2] - 1);
        }
        catch (ArgumentException exception)
        {
            throw new InputException(
                $"{path}: array 'tokens' of shape [{string.Join(", ", tokens.Shape)}]: {exception.Message}", exception);
        }
    }

    /// <summary>Writes sequences and initial weights, for other programs.</summary>
    public static void Write(string path, ISequenceSource sequences, AttentionModel model, ReadOnlySpan<double> weights)
    {
        int D = sequences.InputDimension, tokens = sequences.ContextLength + 1, length = tokens * (D + 1);
        int count = checked((int)sequences.Count);
        var values = new double[(long)count * length];
        var targets = new double[count];
        Parallel.For(0, count, ThreadTeam.Limit, i => targets[i] = sequences.Read(i, values.AsSpan(i * length, length)));
        NpzWriter.Write(path,
        [
            TensorToWrite.Create("tokens", [count, tokens, D + 1], values),
            TensorToWrite.Create("targets", [count], targets),
            .. WeightsFile.Arrays(model, weights),
        ]);
    }
}
