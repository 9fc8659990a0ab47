namespace Staircase;

/// <summary>An objective whose model reads its context by ŷ = βᵀ M x_q, or by something that begins like it.</summary>
public interface IInContextObjective : IObjective<double>
{
    /// <summary>The in-context matrix M at the weights last evaluated, D×D row-major.</summary>
    ReadOnlySpan<double> LastInContextMatrix { get; }
}
