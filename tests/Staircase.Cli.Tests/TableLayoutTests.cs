namespace Staircase.Cli.Tests;

/// <summary>Tables in terminals of any width: nothing is left out, and nothing runs over.</summary>
public sealed class TableLayoutTests
{
    private const string Letters = "abcdefgh ij klm nopq rst uv wx yz →λ—%";

    /// <summary>Tables drawn at random: every word of every cell is there, in its order, in every width that holds a word of it.</summary>
    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    [InlineData(int.MaxValue)]
    public void Every_cell_is_there_and_no_line_is_too_long(int width)
    {
        var random = new Random(width);
        for (int trial = 0; trial < 200; trial++)
        {
            int columns = random.Next(1, 14);
            string[] headers = [.. Enumerable.Range(0, columns).Select(_ => Text(1, 30))];
            string[][] rows = [.. Enumerable.Range(0, random.Next(0, 6)).Select(r => (string[])
                [$"{r}{Text(0, 60)}", .. Enumerable.Range(1, columns - 1).Select(_ => Text(0, random.Next(1, 90)))])];
            IReadOnlyList<string> lines = new TableLayout(headers, rows, gap: 2, hasRule: trial % 2 == 0).Lines(width);
            Assert.All(lines, line => Assert.True(TableLayout.Cells(line) <= width, $"{line.Length} columns: {line}"));
            string all = string.Concat(lines.SelectMany(line => line).Where(c => c is not (' ' or '─')).Order());
            foreach (string cell in rows.SelectMany(row => row).Concat(headers))
                Assert.True(Contains(all, cell), $"'{cell}' is not in\n{string.Join('\n', lines)}");
        }

        string Text(int least, int most) =>
            string.Concat(Enumerable.Range(0, random.Next(least, most + 1)).Select(_ => Letters[random.Next(Letters.Length)])).Trim();

        // As many of each letter at least.
        static bool Contains(string all, string cell) =>
            cell.Where(c => c != ' ').GroupBy(c => c).All(letter => all.Count(c => c == letter.Key) >= letter.Count());
    }

    [Fact]
    public void A_table_that_fits_is_one_line_a_row()
    {
        string[] lines = [.. new TableLayout(["a", "bc"], [["1", "2"], ["333", ""]], gap: 1, hasRule: false).Lines(6)];
        Assert.Equal(["a   bc", "1   2", "333"], lines);
    }

    /// <summary>"theory" says of what only behind what it is the theory of.</summary>
    [Fact]
    public void Columns_of_the_same_name_stay_with_what_they_belong_to()
    {
        string[] headers = ["plateau", "loss", "theory", "error", "ends at time", "theory", "error"];
        string[] row = ["1", "0.986271", "0.986271", "-0.0001 %", "136.18", "135.95", "+0.17 %"];
        IReadOnlyList<string> lines = new TableLayout(headers, [row], gap: 2, hasRule: false).Lines(45);
        Assert.Equal("plateau  loss      theory    error", lines[0]);
        Assert.Equal("plateau  ends at time  theory  error", lines[3]);
        Assert.EndsWith("+0.17 %", lines[4], StringComparison.Ordinal);
    }

    /// <summary>Parts of a table repeat the columns without which a row says not what it is of.</summary>
    [Fact]
    public void Parts_repeat_the_columns_that_tell_rows_apart()
    {
        string[] headers = ["step", "layer", "head", "effective rank of QK", "effective rank of OV"];
        string[][] rows = [["0", "1", "0", "1.2512345678901234", "1.5"], ["0", "1", "1", "1.125", "1.7512345678901234"]];
        IReadOnlyList<string> lines = new TableLayout(headers, rows, gap: 1, hasRule: false).Lines(40);
        Assert.Equal(2, lines.Count(line => line.StartsWith("step layer head ", StringComparison.Ordinal)));
        Assert.Contains("0    1     1    1.7512345678901234", lines, StringComparer.Ordinal);
    }
}
