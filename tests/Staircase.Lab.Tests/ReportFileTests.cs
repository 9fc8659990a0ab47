using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Staircase.Lab.Tests;

public sealed partial class ReportFileTests
{
    /// <summary>What an ordinary run may take, so that a report can be mailed and opens at once.</summary>
    private const int LargestOrdinaryReport = 2_000_000;

    [Fact]
    public void Numbers_come_back_with_all_their_bits()
    {
        double[] odd =
            [0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, double.MaxValue, 0.1, Math.PI];
        double[] shared = [1, 2, 3];
        string html = ReportFile.ToHtml(Of(new("a", SeriesRole.Measured, shared, odd[..3]), new("b", SeriesRole.Predicted, shared, odd)));
        using JsonDocument json = JsonDocument.Parse(Stored(html, "report"));
        double[] numbers = Decoded(Stored(html, "numbers"));
        JsonElement plot = json.RootElement.GetProperty("sections")[0].GetProperty("plots")[0];
        JsonElement[] series = [.. plot.GetProperty("series").EnumerateArray()];
        Assert.Equal(odd.Select(BitConverter.DoubleToInt64Bits), Read(series[1].GetProperty("y")).Select(BitConverter.DoubleToInt64Bits));
        Assert.Equal(series[0].GetProperty("x").GetRawText(), series[1].GetProperty("x").GetRawText());
        Assert.Equal(shared.Length + 3 + odd.Length, numbers.Length);

        double[] Read(JsonElement array)
        {
            JsonElement place = array.GetProperty("numbers");
            return numbers[place[0].GetInt32()..(place[0].GetInt32() + place[1].GetInt32())];
        }
    }

    [Fact]
    public void The_same_report_gives_the_same_bytes() =>
        Assert.Equal(ReportFile.ToHtml(SampleReport.Report), ReportFile.ToHtml(SampleReport.Report));

    [Fact]
    public void An_ordinary_run_fits_into_two_megabytes()
    {
        Series[] series = [.. SampleReport.Report.Sections[0].Plots.SelectMany(plot => plot.Series)];
        Assert.Equal(5, series.Count(one => one.Y.Length == 10_001)); // the loss and four strengths
        Assert.InRange(Encoding.UTF8.GetByteCount(ReportFile.ToHtml(SampleReport.Report)), 1, LargestOrdinaryReport);
    }

    [Fact]
    public void No_text_ends_the_script_it_is_stored_in()
    {
        string html = ReportFile.ToHtml(new Report { Title = "</title></script><script>{{report}}{{numbers}}", Sections = [] });
        Assert.Equal(ReportFile.ToHtml(new Report { Title = "", Sections = [] }).Split("</script>").Length, html.Split("</script>").Length);
        using JsonDocument json = JsonDocument.Parse(Stored(html, "report"));
        Assert.Equal("</title></script><script>{{report}}{{numbers}}", json.RootElement.GetProperty("title").GetString());
    }

    [Fact]
    public void A_loss_that_is_not_a_number_is_written()
    {
        var maps = new WeightMaps { Id = "w", Title = "w", Frames = [new(1, null, double.NaN, null)], Maps = [] };
        var section = new ReportSection { Id = "a", Title = "a", Weights = [maps] };
        Assert.Contains("\"loss\":\"NaN\"", ReportFile.ToHtml(new Report { Title = "", Sections = [section] }), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_page_it_says_what_to_install()
    {
        string message = Assert.Throws<InputException>(() => ReportFile.ToHtml(SampleReport.Report, template: null)).Message;
        Assert.Contains("install Node 20.19 or later with npm, then run 'dotnet build' again", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_is_what_was_asked_for()
    {
        using var folder = new TemporaryFolder();
        ReportFile.Write(folder["report.html"], SampleReport.Report);
        Assert.Equal(ReportFile.ToHtml(SampleReport.Report), File.ReadAllText(folder["report.html"]));
    }

    private static Report Of(params Series[] series) => new()
    {
        Title = "numbers",
        Sections = [new ReportSection { Id = "a", Title = "a", Plots = [Plot.Of("p", "p", "x", "y", "", series)] }],
    };

    private static string Stored(string html, string id) =>
        Element().Matches(html).Single(match => match.Groups["id"].Value == id).Groups["content"].Value;

    [GeneratedRegex(
        """<script id="(?<id>\w+)"[^>]*>(?<content>[^<]*)</script>""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Element();

    /// <summary>The numbers of a page, read as the page reads them: plane by plane out of gzip out of base64.</summary>
    private static double[] Decoded(string base64)
    {
        using var gzip = new GZipStream(new MemoryStream(Convert.FromBase64String(base64)), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        gzip.CopyTo(unpacked);
        byte[] planes = unpacked.ToArray();
        double[] numbers = new double[planes.Length / 8];
        Span<byte> bytes = stackalloc byte[8];
        for (int i = 0; i < numbers.Length; i++)
        {
            for (int plane = 0; plane < 8; plane++)
                bytes[plane] = planes[plane * numbers.Length + i];
            numbers[i] = BinaryPrimitives.ReadDoubleLittleEndian(bytes);
        }

        return numbers;
    }
}
