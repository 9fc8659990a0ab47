using System.Runtime.InteropServices;
using System.Text;

namespace Staircase.Transformers;

/// <summary>
/// Byte-pair encoding learned from a text (Sennrich, Haddow, Birch 2016; on bytes: Radford et al. 2019): the 256 bytes, and again and again
/// the most frequent pair of neighbours as a new token.
/// </summary>
/// <remarks>
/// Pairs are merged within words, a word being letters and digits, or other signs, with the space before it. Of equally frequent pairs the
/// one with the lower tokens is merged, so that the same text gives the same tokens.
/// </remarks>
public sealed class BytePairTokenizer : ITokenizer
{
    private const int Bytes = 256;

    private readonly Dictionary<(int Left, int Right), int> _merges = [];
    private readonly List<byte[]> _tokens = [.. Range(0, Bytes).Select(b => new[] { (byte)b })];
    private readonly Dictionary<string, int[]> _words = new();

    /// <param name="text">What to learn from.</param>
    /// <param name="vocabulary">How many tokens to make, at least the 256 bytes; fewer where no pair occurs twice any more.</param>
    /// <exception cref="ArgumentException">There are fewer than 256 tokens.</exception>
    public BytePairTokenizer(string text, int vocabulary)
    {
        if (vocabulary < Bytes)
            throw new ArgumentException($"Byte-pair tokens begin with the {Bytes} bytes; a vocabulary of {vocabulary} is too small.");
        Learn(text, vocabulary);
    }

    /// <inheritdoc/>
    public int Vocabulary => _tokens.Count;

    /// <inheritdoc/>
    public int[] Encode(string text)
    {
        var tokens = new List<int>(text.Length / 2);
        foreach (Range word in Words(text))
        {
            string key = text[word];
            if (!_words.TryGetValue(key, out int[]? known))
                _words.Add(key, known = Merge(key));
            tokens.AddRange(known);
        }

        return [.. tokens];
    }

    /// <inheritdoc/>
    /// <remarks>Bytes that are no UTF-8, as a model may draw them, become the replacement character.</remarks>
    public string Decode(ReadOnlySpan<int> tokens)
    {
        var bytes = new List<byte>();
        foreach (int token in tokens)
            bytes.AddRange(_tokens[token]);
        return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(bytes));
    }

    private int[] Merge(string word)
    {
        List<int> tokens = BytesOf(word);
        while (true)
        {
            // The merge that was learned first has the lowest token.
            (int Left, int Right) pair = default;
            int first = int.MaxValue;
            for (int i = 0; i + 1 < tokens.Count; i++)
            {
                if (_merges.TryGetValue((tokens[i], tokens[i + 1]), out int merged) && merged < first)
                    (pair, first) = ((tokens[i], tokens[i + 1]), merged);
            }

            if (first == int.MaxValue)
                return [.. tokens];
            Replace(tokens, pair, first);
        }
    }

    private static List<int> BytesOf(string word) => [.. Encoding.UTF8.GetBytes(word).Select(b => (int)b)];

    /// <summary>Puts one token in place of each pair, from the left.</summary>
    private static void Replace(List<int> tokens, (int Left, int Right) pair, int merged)
    {
        for (int i = 0; i + 1 < tokens.Count; i++)
        {
            if (tokens[i] == pair.Left && tokens[i + 1] == pair.Right)
            {
                tokens[i] = merged;
                tokens.RemoveAt(i + 1);
            }
        }
    }

    private void Learn(string text, int vocabulary)
    {
        var counts = new Dictionary<string, long>();
        foreach (Range word in Words(text))
            CollectionsMarshal.GetValueRefOrAddDefault(counts, text[word], out _)++;
        (List<int> Tokens, long Count)[] words =
            [.. counts.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (BytesOf(pair.Key), pair.Value))];
        var pairs = new Dictionary<(int, int), long>();
        var places = new Dictionary<(int, int), HashSet<int>>();
        for (int w = 0; w < words.Length; w++)
            Count(w, 1);
        while (_tokens.Count < vocabulary && Best(pairs) is { } pair)
        {
            int merged = _tokens.Count;
            _merges.Add(pair, merged);
            _tokens.Add([.. _tokens[pair.Left], .. _tokens[pair.Right]]);
            foreach (int w in places[pair].ToArray())
            {
                Count(w, -1);
                Replace(words[w].Tokens, pair, merged);
                Count(w, 1);
            }
        }

        void Count(int w, int sign)
        {
            (List<int> tokens, long count) = words[w];
            for (int i = 0; i + 1 < tokens.Count; i++)
            {
                (int, int) pair = (tokens[i], tokens[i + 1]);
                ref long sum = ref CollectionsMarshal.GetValueRefOrAddDefault(pairs, pair, out _);
                sum += sign * count;
                if (sum == 0)
                    pairs.Remove(pair);
                ref HashSet<int>? at = ref CollectionsMarshal.GetValueRefOrAddDefault(places, pair, out _);
                at ??= [];
                if (sign > 0)
                    at.Add(w);
                else
                    at.Remove(w);
            }
        }
    }

    private static (int Left, int Right)? Best(Dictionary<(int Left, int Right), long> pairs)
    {
        (int Left, int Right)? best = null;
        long most = 1;
        foreach (((int Left, int Right) pair, long count) in pairs)
        {
            if (count > most || (count == most && best is { } known && pair.CompareTo(known) < 0))
                (best, most) = (pair, count);
        }

        return best;
    }

    /// <summary>Cuts a text into words, nothing left out.</summary>
    private static IEnumerable<Range> Words(string text)
    {
        for (int start = 0; start < text.Length;)
        {
            int end = start + 1;
            bool word = char.IsLetterOrDigit(text[start]);
            if (text[start] == ' ' && end < text.Length)
                word = char.IsLetterOrDigit(text[end++]);
            while (end < text.Length && text[end] != ' ' && char.IsLetterOrDigit(text[end]) == word)
                end++;
            yield return start..end;
            start = end;
        }
    }
}
