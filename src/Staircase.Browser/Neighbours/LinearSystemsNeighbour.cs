namespace Staircase.Browser;

/// <summary>Solving linear systems in context: the risk at other lengths than that of training.</summary>
internal sealed class LinearSystemsNeighbour : INeighbour
{
    private const double Shortest = 4, Longest = 4096;

    private const int Points = 61;

    public Result Result => LinearSystems.Result;

    public string Title => "Solving linear systems in context";

    public IReadOnlyList<Slider> Sliders { get; } =
    [
        new("training", "trained at $N$", Shortest, Longest, 64, IsWhole: true, IsLogarithmic: true),
        new("dimension", "dimension $D$", 1, 64, 8, IsWhole: true, IsLogarithmic: true),
    ];

    public (Plot Picture, string Sentence) At(IReadOnlyList<double> values)
    {
        (double N, int D) = (values[0], (int)values[1]);
        double[] lengths = [.. Range(0, Points).Select(i => Shortest * Pow(Longest / Shortest, i / (Points - 1.0)))];
        double here = LinearSystems.RelativeRisk(D, N, N), floor = LinearSystems.RelativeRisk(D, N, double.PositiveInfinity);
        return (
            Plot.Of(
                "picture", "Risk at other lengths", Axis.Logarithmic("length N' of the test"),
                Axis.Logarithmic("risk over the mean square of the answers"),
                "White inputs. Solid: trained at N. Dashed: trained anew at each length. Dotted: what no length of the test removes.",
                Series.Measured($"trained at N = {N}", lengths, lengths.Select(n => LinearSystems.RelativeRisk(D, N, n)), 0),
                Series.Predicted("trained at N' itself", lengths, lengths.Select(n => LinearSystems.RelativeRisk(D, n, n)), 1),
                Series.Guide("N' without end", lengths, lengths.Select(_ => floor), 7)),
            $"Trained at N = {N} it keeps {LinearSystems.BestScale(D, N):G3} of the answer. Tested at the same length its risk is "
            + $"{here:G3}; longer contexts bring it to {floor:G3} and no further, since it goes on to shrink as at N.");
    }
}
