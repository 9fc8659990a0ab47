using System.Numerics;

namespace Staircase.Transformers;

/// <summary>A transformer trained on fresh sequences: step k sees the training sequences k·B … (k+1)·B − 1 of its source.</summary>
/// <typeparam name="T">The precision.</typeparam>
public sealed class TokenObjective<T> : IObjective<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ITokenSource _source;
    private readonly TokenBatch _batch;
    private long _drawn = -1;

    /// <param name="model">What is trained.</param>
    /// <param name="batchSize">B, sequences of a step.</param>
    /// <exception cref="ArgumentException">The source has other tokens than the model, or the batch is empty.</exception>
    public TokenObjective(TokenTransformer<T> model, ITokenSource source, int batchSize)
    {
        if (model.Shape.Vocabulary != source.Vocabulary)
        {
            throw new ArgumentException(
                $"The model has a vocabulary of {model.Shape.Vocabulary} tokens, the data one of {source.Vocabulary}.");
        }

        (Model, _source, _batch) = (model, source, new(batchSize, model.Shape.ContextLength));
    }

    /// <summary>What is trained.</summary>
    public TokenTransformer<T> Model { get; }

    /// <inheritdoc/>
    public ParameterLayout Layout => Model.Layout;

    /// <inheritdoc/>
    public void Draw(long step)
    {
        if (step != _drawn)
            _batch.Load(_source, DataSplit.Training, step * _batch.Sequences);
        _drawn = step;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">No step was drawn.</exception>
    public double Evaluate(ReadOnlySpan<T> weights, Span<T> gradient)
    {
        if (_drawn < 0)
            throw new InvalidOperationException("Draw the batch of a step first: training sequences are new at every step.");
        return Model.Evaluate(weights, _batch.Length, _batch.Tokens, _batch.Targets, gradient);
    }
}
