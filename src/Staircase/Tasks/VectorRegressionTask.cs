namespace Staircase;

/// <summary>
/// In-context regression with vector-valued labels: a context of N pairs (x, Wx), W from a fixed finite set, and a query x_q whose label
/// Wx_q is asked for.
/// </summary>
/// <remarks>
/// x ~ N(0, Λ) (Mainali, Teixeira 2025, §2). Everything is written in the eigenbasis of Λ, Λ = diag(s): the model, its training and its
/// loss look the same in every orthogonal basis once the tasks and the weights are rotated (<see cref="TaskSet.Of"/>, <see
/// cref="VectorWeights.ToEigenbasis"/>). The loss is ½‖ŷ − Wx_q‖², the mean over the set. Time counts epochs of one update a task: weights
/// move by −ηP ∂L/∂W in a unit of time.
/// </remarks>
public sealed record VectorRegressionTask
{
    /// <param name="spectrum">Eigenvalues of Λ, descending.</param>
    /// <param name="contextLength">N ≥ 1.</param>
    /// <param name="tasks">The maps W, in the eigenbasis of Λ, coordinates in the order of the spectrum.</param>
    /// <exception cref="ArgumentException">The context length is not positive, or the tasks are not of the size of the
    /// spectrum.</exception>
    public VectorRegressionTask(Spectrum spectrum, int contextLength, TaskSet tasks)
    {
        if (contextLength < 1)
            throw new ArgumentException($"The context length must be at least 1, not {contextLength}.");
        if (tasks.Dimension != spectrum.Dimension)
        {
            throw new ArgumentException(
                $"The tasks are {tasks.Dimension}×{tasks.Dimension}, but the spectrum has {spectrum.Dimension} eigenvalues.");
        }

        Spectrum = spectrum;
        ContextLength = contextLength;
        Tasks = tasks;
    }

    /// <summary>s₁ ≥ … ≥ s_D, the eigenvalues of Λ.</summary>
    public Spectrum Spectrum { get; }

    /// <summary>N, the number of pairs before the query.</summary>
    public int ContextLength { get; }

    /// <summary>The maps W.</summary>
    public TaskSet Tasks { get; }

    /// <summary>D, the dimension of the inputs and of the labels.</summary>
    public int InputDimension => Spectrum.Dimension;

    /// <summary>s₁ ≥ … ≥ s_D.</summary>
    public ReadOnlySpan<double> InputEigenvalues => Spectrum.Eigenvalues;

    /// <summary>
    /// Whether the query attends to itself, so that x_q x_qᵀ/N is part of ZZᵀ/N (the default, as in the paper). It reaches the output
    /// through p₁ only.
    /// </summary>
    public bool QueryAttendsToItself { get; init; } = true;

    /// <summary>s_i^∞ = ((N + 1)s_i + tr S)/N, the strengths at which modes on their own end being a_i^∞ = 1/s_i^∞.</summary>
    internal double[] Saturations() =>
        [.. InputEigenvalues.ToArray().Select(s => ((ContextLength + 1.0) * s + Spectrum.Trace) / ContextLength)];

    /// <summary>Refuses tasks that are not diagonal in the eigenbasis of Λ, which modes are.</summary>
    /// <param name="what">What needs them, as the subject of the message.</param>
    /// <exception cref="ArgumentException">Some task is not diagonal.</exception>
    internal void RequireModes(string what)
    {
        if (!Tasks.IsDiagonal)
        {
            throw new ArgumentException(
                $"{what} needs tasks that are diagonal in the eigenbasis of the inputs (symmetric, commuting with Λ); these are not. The "
                + "matrix flow takes any tasks.");
        }
    }
}
