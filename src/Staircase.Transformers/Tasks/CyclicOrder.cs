namespace Staircase.Transformers;

/// <summary>
/// Places on a circle that make an operation an addition: place(a ∘ b) = place(a) ± place(b) mod <see cref="Length"/>, for all tokens that
/// have a place.
/// </summary>
public sealed class CyclicOrder
{
    private readonly int[] _places;

    private CyclicOrder(int length, int sign, int[] places) => (Length, Sign, _places) = (length, sign, places);

    /// <summary>How many places there are.</summary>
    public int Length { get; }

    /// <summary>+1, or −1 where the second operand is subtracted.</summary>
    public int Sign { get; }

    /// <summary>Frequencies of real waves around the circle, without the constant: 1 … ⌊n/2⌋.</summary>
    public int Frequencies => Length / 2;

    /// <summary>The place of a token; −1 where it has none, as zero under multiplication.</summary>
    public int this[int token] => _places[token];

    /// <summary>The integers mod p in their order.</summary>
    internal static CyclicOrder OfIntegers(int p, int sign) => new(p, sign, [.. Range(0, p)]);

    /// <summary>The non-zero integers mod a prime p by their discrete logarithms; null where p is not prime.</summary>
    internal static CyclicOrder? OfPowers(int p)
    {
        for (int generator = p == 2 ? 1 : 2; generator < p; generator++)
        {
            int[] places = [.. Repeat(-1, p)];
            int k = 0;
            for (long power = 1; places[power] < 0; power = power * generator % p)
                places[power] = k++;
            if (k == p - 1 && places[0] < 0)
                return new(p - 1, 1, places);
        }

        return null;
    }

    /// <summary>The wave cos(2πk·place/n) or sin(2πk·place/n) over the places.</summary>
    /// <param name="frequency">k.</param>
    /// <param name="sine">Which of the two.</param>
    public double[] Wave(int frequency, bool sine)
    {
        var wave = new double[Length];
        for (int i = 0; i < Length; i++)
        {
            double φ = Tau * ((long)frequency * i % Length) / Length;
            wave[i] = sine ? Sin(φ) : Cos(φ);
        }

        return wave;
    }
}
