using System.Text;
using System.Text.RegularExpressions;

namespace Staircase.Checkpoints.Tests;

/// <summary>
/// Every description that is built in reads back the heads that went in, and no other reads them as something else without a question:
/// over random sizes, and over sizes that are alike on purpose.
/// </summary>
public sealed class LayoutPropertyTests : IDisposable
{
    private const string Update = "STAIRCASE_UPDATE_DOCS";
    private const int Draws = 6;

    private readonly TemporaryFolder _folder = new();
    private int _files;

    public void Dispose() => _folder.Dispose();

    public static TheoryData<int> BuiltIn() => [.. Enumerable.Range(0, LayoutDescription.BuiltIn.Count)];

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void A_checkpoint_reads_back_the_heads_that_went_in(int index)
    {
        LayoutDescription layout = LayoutDescription.BuiltIn[index];
        foreach (WrittenLayout written in Drawn(layout, seed: 100))
        {
            using ITensorSource source = Open(written);
            HeadLayout found = Alone(source, written, layout) ?? throw new InvalidOperationException("not found");
            Assert.Equal(layout.Name, found.Name);
            Assert.Contains(found.Layers, layer => layer.Index is 3 or 0);
            Assert.True(Same(written, found, source), $"{layout.Name}, {layout.About}: other heads than went in");

            // Whatever is stated or not, the program reads these heads or asks.
            LayoutOptions heads = new(Heads: written.Heads);
            foreach (LayoutOptions options in (LayoutOptions[])[heads, heads with { KeyValueHeads = written.KeyValueHeads }, new()])
            {
                if (Try(() => HeadLayout.Detect(source, written.Config, options)) is { } detected)
                    Assert.True(Same(written, detected, source), $"{layout.Name}, {layout.About} is read as {detected.Name}: other heads");
            }
        }
    }

    [Theory]
    [MemberData(nameof(BuiltIn))]
    public void The_programs_own_writer_writes_the_same_tensors(int index)
    {
        LayoutDescription layout = LayoutDescription.BuiltIn[index];
        WrittenLayout written = Drawn(layout, seed: 200, names: 0).First();
        using NpzFile source = Open(written);
        HeadWeights[] heads = [.. Enumerable.Range(0, written.Heads).Select(head => written.Head(3, head))];
        if (!layout.IsWritable)
        {
            Assert.Throws<InvalidOperationException>(() => layout.Write(heads, written.KeyValueHeads, 3));
            return;
        }

        foreach (Tensor tensor in layout.Write(heads, written.KeyValueHeads, 3))
        {
            Assert.True(source.TryGetInfo(tensor.Name, out TensorInfo? info), tensor.Name);
            Assert.Equal(info.Shape, tensor.Shape);
            Assert.Equal(source.ReadDouble(tensor.Name).Select(value => value == 77777 ? 1 : value), tensor.Values);
        }
    }

    [Fact]
    public void No_layout_reads_the_file_of_another_into_other_numbers_without_a_question_and_the_page_shows_the_pairs()
    {
        IReadOnlyList<LayoutDescription> all = LayoutDescription.BuiltIn;
        var cells = new char[all.Count, all.Count];
        for (int writer = 0; writer < all.Count; writer++)
        {
            foreach (WrittenLayout written in Drawn(all[writer], seed: 300))
            {
                using ITensorSource source = Open(written);
                for (int reader = 0; reader < all.Count; reader++)
                {
                    HeadLayout? read = Try(() => Alone(source, written, all[reader]));
                    char cell = read is null ? '·' : Same(written, read, source) ? '=' : '?';
                    if (cell == '?')
                        Assert.True(
                            IsAskedOrRight(source, written), $"{all[writer].Name} is read by {all[reader].Name} as other heads, unasked");
                    cells[writer, reader] = Worse(cells[writer, reader], cell);
                }
            }
        }

        string shown = Matrix(all, cells), path = Path.Combine(Repository.Folder, "docs", "analyze.md");
        string page = File.ReadAllText(path).ReplaceLineEndings("\n");
        Match block = Regex.Match(page, "(?<=```layouts\n).*?(?=```)", RegexOptions.Singleline, TimeSpan.FromSeconds(5));
        Assert.True(block.Success, "docs/analyze.md has no block ```layouts");
        if (Environment.GetEnvironmentVariable(Update) == "1")
            File.WriteAllText(path, page[..block.Index] + shown + page[(block.Index + block.Length)..]);
        else
            Assert.True(block.Value == shown, $"docs/analyze.md shows other pairs than there are: run this test with {Update}=1.");

        static char Worse(char a, char b) => a == '?' || b == '?' ? '?' : a == '=' || b == '=' ? '=' : '·';

        static bool IsAskedOrRight(ITensorSource source, WrittenLayout written) =>
            Try(() => HeadLayout.Detect(source, written.Config, new(Heads: written.Heads))) is not { } detected
                || Same(written, detected, source);
    }

    internal static ModelConfig Config(params (string Key, string Value)[] values) =>
        new(values.ToDictionary(v => v.Key, v => new ConfigValue(v.Value, "config.json"), StringComparer.Ordinal));

    /// <summary>
    /// Checkpoints of a layout with sizes that are prime and unequal where they can be, and then with sizes that are alike.
    /// </summary>
    /// <param name="layout">The layout.</param>
    /// <param name="seed">Where the sizes come from.</param>
    /// <param name="names">Which choices and spellings the names have; null for any.</param>
    internal static IEnumerable<WrittenLayout> Drawn(LayoutDescription layout, int seed, int? names = null)
    {
        var random = new Random(seed);
        for (int draw = 0; draw < Draws; draw++)
        {
            long[] primes = [11, 13, 17, 19, 23, 29, 31];
            random.Shuffle(primes);
            bool grouped = layout.Symbols.Contains("k", StringComparer.Ordinal), alike = draw >= Draws / 2;
            long k = grouped ? random.Next(2, 4) : 1, n =
                grouped ? k * (alike ? 1 : random.Next(2, 4)) : ((long[])[2, 3, 5])[random.Next(3)];
            long h = ((long[])[2, 3, 5, 7])[random.Next(4)];
            var sizes = new Dictionary<string, long>(StringComparer.Ordinal) { ["n"] = n, ["h"] = h, ["k"] = grouped ? k : n };
            int next = 0;
            foreach (string symbol in layout.Symbols.Where(symbol => !sizes.ContainsKey(symbol)))
                sizes[symbol] = alike && symbol is "d" or "e" or "f" ? n * h : primes[next++];
            if (alike && layout.Symbols.Contains("u", StringComparer.Ordinal))
                sizes["a"] = sizes["u"];
            yield return new(layout, sizes, names ?? random.Next());
        }
    }

    private NpzFile Open(WrittenLayout written)
    {
        string path = _folder[$"{_files++}.npz"];
        NpzWriter.Write(path, written.Tensors);
        return NpzFile.Open(path);
    }

    internal static HeadLayout? Alone(ITensorSource source, WrittenLayout written, LayoutDescription layout) =>
        new LayoutSearch(source, written.Config, new(layout.Name, written.Heads)).Among([layout]);

    private static HeadLayout? Try(Func<HeadLayout?> detect)
    {
        try
        {
            return detect();
        }
        catch (CheckpointFormatException)
        {
            return null;
        }
    }

    internal static bool Same(WrittenLayout written, HeadLayout layout, ITensorSource source)
    {
        foreach (HeadLayer layer in layout.Layers)
        {
            IReadOnlyList<HeadWeights> heads = layer.ReadHeads(source);
            bool hasLayers = written.Layout.Tensors[0].Name.Text.Contains("{layer}", StringComparison.Ordinal);
            for (int i = 0; i < heads.Count; i++)
            {
                HeadWeights want = written.Head(hasLayers ? layer.Index : 3, i), got = heads[i];
                if (heads.Count != written.Heads || !Equal(want.Query, got.Query) || !Equal(want.Key, got.Key)
                    || !Equal(want.Value, got.Value)
                    || !Equal(want.Output, got.Output))
                {
                    return false;
                }
            }
        }

        return true;

        static bool Equal(double[,] a, double[,] b) =>
            a.GetLength(0) == b.GetLength(0) && a.GetLength(1) == b.GetLength(1) && a.Cast<double>().SequenceEqual(b.Cast<double>());
    }

    private static string Matrix(IReadOnlyList<LayoutDescription> layouts, char[,] cells)
    {
        var text = new StringBuilder();
        int width = layouts.Max(layout => layout.Name.Length);
        for (int writer = 0; writer < layouts.Count; writer++)
        {
            text.Append($"{writer + 1,3} {layouts[writer].Name.PadRight(width)} ");
            for (int reader = 0; reader < layouts.Count; reader++)
                text.Append(reader % 10 == 0 ? " " : "").Append(cells[writer, reader]);
            text.Append('\n');
        }

        return text.ToString();
    }
}
