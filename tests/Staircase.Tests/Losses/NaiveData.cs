namespace Staircase.Tests;

/// <summary>Sequences as rows of tokens.</summary>
/// <param name="Sequences">Sequence i, token n: (x, y); the query last with label entry 0.</param>
/// <param name="Targets">The queries' labels.</param>
internal sealed record NaiveData(double[][][] Sequences, double[] Targets)
{
    public int ContextLength => Sequences[0].Length - 1;

    public static NaiveData Of(ISequenceSource source)
    {
        int N = source.ContextLength, width = source.InputDimension + 1;
        var sequences = new double[source.Count][][];
        var targets = new double[source.Count];
        var flat = new double[(N + 1) * width];
        for (int i = 0; i < source.Count; i++)
        {
            targets[i] = source.Read(i, flat);
            sequences[i] = [.. Enumerable.Range(0, N + 1).Select(n => flat[(n * width)..((n + 1) * width)])];
        }

        return new(sequences, targets);
    }
}
