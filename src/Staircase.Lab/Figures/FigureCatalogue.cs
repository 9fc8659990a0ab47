namespace Staircase.Lab;

/// <summary>All figures of this program.</summary>
public static class FigureCatalogue
{
    /// <summary>Every figure: by paper, and in it by number.</summary>
    public static IReadOnlyList<IFigure> All { get; } =
    [
        // Zhang, Singh, Latham, Saxe 2025
        new MergedDrop(), // Fig. 1b
        new MergedWhite(), // Eq. 10
        new SeparateStaircase(), // Fig. 3a
        new SeparateHeads(), // Fig. 3b, 3c
        new RankFigure(), // Fig. 4, 12
        new SoftmaxFigure(), // Fig. 5
        new RankHeads(), // Fig. 11
        new InWeight(), // Fig. 14
        new RegressionInContext(), // §3.4, §4.4
        new Landscape(), // App. E.3
        new Conservation(), // App. E.8
        new ContextLengths(), // appendix

        // Mainali, Teixeira 2025
        new Modes(), // Fig. 1, 2A
        new ModeConservation(), // Fig. 2B
        new ModeLoss(), // Fig. 3A
        new Grokking(), // Fig. 3B, 7
        new ModeMeasures(), // Fig. 4
        new AttentionOnly(), // Fig. 5, 6

        // Beyond the papers
        new PredictionFigure(),
        new FiniteContext(),
        new IidTasks(),
        new Misaligned(),

        // Beyond the papers: their neighbours
        new Mixture(), // Jin, Balasubramanian, Lai 2024
        new LargeStepsFigure(), // Balasubramanian 2026
        new SoftmaxReduced(), // He, Pan, Chen, Yang 2025
        new HijackFigure(), // Anwar, von Oswald, Kirsch et al. 2024
        new LinearSystemsFigure(), // Cole, Lu, Xu, Zhang 2024
        new RidgeOrMemory(), // Raventós, Paul, Chen, Ganguli 2023
        new InContextTd(), // Xie, Liu, Chen, Liu, Chandra, Zhang 2026

        // Sweeps
        new EscapeTime(),
        new PredictionError(),
        new GrokkingTime(),
        new EmergenceTime(),
    ];

    /// <summary>The figures of those names; <c>all</c> is every figure.</summary>
    /// <exception cref="InputException">There is no such figure; the message names the nearest.</exception>
    public static IReadOnlyList<IFigure> Named(IReadOnlyList<string> names) => names.Contains("all")
        ? All
        : [.. names.Distinct().Select(Named)];

    private static IFigure Named(string name)
    {
        string[] names = [.. All.Select(figure => figure.Name), "all", "list"];
        return All.FirstOrDefault(figure => figure.Name == name)
            ?? throw new InputException($"unknown figure '{name}': {NearestName.Hint(name, names)}");
    }
}
