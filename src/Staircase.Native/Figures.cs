namespace Staircase.Native;

/// <summary>What <c>staircase.h</c> says of figures, lists and reports.</summary>
internal static unsafe class Figures
{
    [UnmanagedCallersOnly(EntryPoint = "staircase_catalogue")]
    public static int Catalogue(ulong* catalogue) => Border.Give(catalogue, () => new CatalogueItem());

    [UnmanagedCallersOnly(EntryPoint = "staircase_reproduce")]
    public static int Reproduce(
        byte* name, int quick, ProgressFunction progress, void* context, ulong* figure) =>
        Border.Give(figure, () =>
        {
            if (FigureCatalogue.Named([Utf8.Read(name, "the name")]) is not [var asked])
                throw new InputException("one figure is reproduced at a time: give its name.");
            return Watch.Run(progress, context, (p, stop) => new FigureItem(asked, asked.Reproduce(new Bench(quick != 0, p, stop))));
        });

    [UnmanagedCallersOnly(EntryPoint = "staircase_write")]
    public static int Write(ulong handle, byte* path) => Border.Call(() =>
    {
        Item item = Items.Get(handle);
        string file = Utf8.ReadPath(path, "the path");
        if (item is AnalysisItem { Analysis: var rows } && file.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
            AnalysisCsv.Write(file, rows);
        else
            ReportFile.Write(file, ReportOf(item));
    });

    private static Report ReportOf(Item item) => item switch
    {
        RunItem run => RunReport.Of(run.Run),
        AnalysisItem analysis => AnalysisReport.Of(analysis.Analysis),
        FigureItem figure => figure.Report,
        _ => throw new InputException($"there is no report of {item.What}: only of runs, analyses and figures."),
    };
}
