namespace Staircase;

/// <summary>A loss that is another one at every step.</summary>
public interface IStochasticLoss : IAttentionLoss
{
    /// <summary>Draws the batch of a step; the same step always draws the same batch.</summary>
    void Draw(long step);
}
