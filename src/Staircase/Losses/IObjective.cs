namespace Staircase;

/// <summary>A loss as a function of a weight vector: what a flow or a descent minimizes.</summary>
public interface IObjective
{
    /// <summary>Where each parameter lies.</summary>
    ParameterLayout Layout { get; }

    /// <summary>The in-context matrix M = Σ_h v_h U_h + V_h u_hᵀ of the weights that <see cref="Evaluate"/> saw last, D×D row-major.</summary>
    ReadOnlySpan<double> LastInContextMatrix { get; }

    /// <summary>Draws the data of a step, where each step has its own; the same step always draws the same.</summary>
    void Draw(long step);

    /// <summary>Loss and gradient. Not thread-safe: the object keeps its workspace.</summary>
    /// <param name="weights">A weight vector or, where <see cref="MovingCount"/> says that no more moves, its prefix.</param>
    /// <param name="gradient">Receives ∂L/∂W, of the same length.</param>
    double Evaluate(ReadOnlySpan<double> weights, Span<double> gradient);

    /// <summary>How many of the weights move from here: all, or a prefix that is closed.</summary>
    int MovingCount(ReadOnlySpan<double> weights);
}
