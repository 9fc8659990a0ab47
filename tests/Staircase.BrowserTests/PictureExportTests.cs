using System.Buffers.Binary;
using System.Xml.Linq;
using Staircase.Lab;

namespace Staircase.BrowserTests;

public sealed class PictureExportTests : IDisposable
{
    private const int LargestSvg = 60_000; // a README has to stay light

    private readonly string _folder = Directory.CreateTempSubdirectory("staircase-pictures-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Writes_every_figure_as_svg_the_same_every_time()
    {
        IReadOnlyList<string> first = WriteTo("1");
        IReadOnlyList<string> second = WriteTo("2");
        Assert.Equal("run-loss.svg run-strengths.svg run-weights.svg", string.Join(" ", first.Select(Path.GetFileName)));
        foreach ((string a, string b) in first.Zip(second))
        {
            Assert.InRange(new FileInfo(a).Length, 1000, LargestSvg);
            Assert.Equal(File.ReadAllText(a), File.ReadAllText(b));
            XElement svg = XDocument.Load(a).Root!;
            Assert.DoesNotContain(svg.Descendants(), element => element.Name.LocalName is "script" or "image" or "foreignObject");
        }
    }

    [Fact]
    public void Writes_every_figure_as_png()
    {
        foreach (string path in PictureExport.Write(SampleReport.Report, _folder, PictureFormat.Png, TestContext.Current.CancellationToken))
            Assert.Equal(0x89504E47u, BinaryPrimitives.ReadUInt32BigEndian(File.ReadAllBytes(path)));
        Assert.Equal(3, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public void Writes_one_figure_by_its_name_as_wide_as_a_column()
    {
        var request = new PictureRequest(PictureFormat.Svg) { Figure = "loss", Width = 85, FontSize = 8 };
        string path = Assert.Single(PictureExport.Write(SampleReport.Report, _folder, request, TestContext.Current.CancellationToken));
        XElement svg = XDocument.Load(path).Root!;
        Assert.Equal("run-loss.svg", Path.GetFileName(path));
        Assert.Equal(85 / 25.4 * 96, (double)svg.Attribute("width")!, 3);
        string error = Assert.Throws<InputException>(() => PictureExport.Write(
            SampleReport.Report, _folder, request with { Figure = "los" }, TestContext.Current.CancellationToken)).Message;
        Assert.Contains("run-loss", error, StringComparison.Ordinal);
    }

    /// <summary>A page of the picture's size, and letters that a reader can search for.</summary>
    [Fact]
    public void Writes_a_figure_as_a_page_of_its_size()
    {
        var request = new PictureRequest(PictureFormat.Pdf) { Figure = "loss", Width = 85, FontSize = 8 };
        string path = Assert.Single(PictureExport.Write(SampleReport.Report, _folder, request, TestContext.Current.CancellationToken));
        string pdf = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(path));
        Assert.StartsWith("%PDF", pdf, StringComparison.Ordinal);
        string[] box = pdf.Split("/MediaBox [0 0 ")[1].Split(']')[0].Split(' ');
        const double Points = 85 / 25.4 * 72, Rounding = 1;
        Assert.InRange(double.Parse(box[0], System.Globalization.CultureInfo.InvariantCulture), Points - Rounding, Points + Rounding);
        Assert.Equal(1, pdf.Split("/Type /Page\n").Length - 1);
    }

    [Fact]
    public void Ends_Chromium_when_cancelled_and_leaves_nothing()
    {
        Report report = SampleReport.Report;
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        soon.CancelAfter(TimeSpan.FromMilliseconds(300)); // Chromium takes longer than that to start
        Assert.ThrowsAny<OperationCanceledException>(() => PictureExport.Write(report, _folder, PictureFormat.Svg, soon.Token));
        Assert.Empty(Directory.GetFiles(_folder));
        Assert.Empty(Directory.GetDirectories(Path.GetTempPath(), "staircase-chromium-*"));
    }

    [Fact]
    public void A_page_that_is_no_report_is_refused()
    {
        string path = Path.Combine(_folder, "other.html");
        File.WriteAllText(path, "<p>Hello");
        InputException error = Assert.Throws<InputException>(() => WriteFrom(path));
        Assert.Contains("other.html gave no pictures", error.Message, StringComparison.Ordinal);
        Assert.Throws<InputException>(() => WriteFrom(Path.Combine(_folder, "none.html")));
    }

    private IReadOnlyList<string> WriteTo(string folder) =>
        PictureExport.Write(SampleReport.Report, Path.Combine(_folder, folder), PictureFormat.Svg, TestContext.Current.CancellationToken);

    private IReadOnlyList<string> WriteFrom(string path) =>
        PictureExport.WriteFromFile(path, _folder, PictureFormat.Svg, TestContext.Current.CancellationToken);
}
