namespace Staircase;

/// <summary>One direction learned.</summary>
/// <param name="Time">When half of its loss is gone.</param>
/// <param name="Head">The head that learns it.</param>
/// <param name="Direction">The direction then, of length 1, in the eigenbasis and in units of full strengths.</param>
internal sealed record RaceDrop(double Time, int Head, double[] Direction)
{
    /// <summary>The mode nearest to the direction.</summary>
    public int Mode => Enumerable.Range(0, Direction.Length).MaxBy(d => Math.Abs(Direction[d]));
}
