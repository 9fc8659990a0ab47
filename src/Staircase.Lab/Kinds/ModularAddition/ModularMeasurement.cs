namespace Staircase.Lab;

/// <summary>What is measured along a training on a binary operation: loss and accuracy on the training pairs and on the others.</summary>
/// <param name="training">The pairs trained on.</param>
/// <param name="test">The others.</param>
internal sealed class ModularMeasurement(ModularTransformer<float> model, PairSet training, PairSet test) : IMeasurement<float>
{
    private const double Change = 0.02; // a transition is where an accuracy moved by more than this over the last few rows

    private const int ChangeRows = 5;

    private static readonly MeasureList<Found> Measures = new()
    {
        { "loss", ColumnKind.Loss, "nats", "cross-entropy of the training pairs", found => found.Training.Loss },
        { "test_loss", ColumnKind.Loss, "nats", "cross-entropy of the other pairs", found => found.Test.Loss },
        { "train_accuracy", ColumnKind.Accuracy, "", "share of the training pairs that are right", found => found.Training.Accuracy },
        { "test_accuracy", ColumnKind.Accuracy, "", "share of the other pairs that are right", found => found.Test.Accuracy },
        { "squared_norm", ColumnKind.Norm, "", "squared norm of all weights", found => found.SquaredNorm },
    };

    private sealed record Found((double Loss, double Accuracy) Training, (double Loss, double Accuracy) Test, double SquaredNorm);

    public IReadOnlyList<Column> Columns => Measures.Columns;

    public void Measure(ReadOnlySpan<float> weights, Func<double> loss, Span<double> row) =>
        Measures.Read(new(model.Test(weights, training), model.Test(weights, test), VectorKernels.SumOfSquares(weights)), row);

    public bool IsChanging(Trajectory soFar)
    {
        return soFar.Count > 1 && (Moves(soFar["train_accuracy"]) || Moves(soFar["test_accuracy"]));

        static bool Moves(IReadOnlyList<double> accuracy) =>
            Abs(accuracy[^1] - accuracy[Max(0, accuracy.Count - 1 - ChangeRows)]) > Change;
    }
}
