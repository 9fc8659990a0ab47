namespace Staircase;

/// <summary>All that an integration needs to go on from a point to the same bits: numbers that a checkpoint stores.</summary>
/// <remarks>Time of a gradient flow is continuous (τ = 1) and is never a step of an optimizer.</remarks>
public sealed class OdeState
{
    /// <summary>The number of scalars that <see cref="Scalars"/> packs.</summary>
    public const int ScalarCount = 11;

    /// <summary>The unknowns.</summary>
    public required double[] Y { get; init; }

    /// <summary>The last estimate of the dominant eigenvector of the Jacobian; zero before the first.</summary>
    public required double[] Eigenvector { get; init; }

    /// <summary>Where the integration stands.</summary>
    public double Time { get; set; }

    /// <summary>The size of the next step.</summary>
    public double StepSize { get; set; }

    /// <summary>The error of the last accepted step and of the one before, relative to the tolerance (PID control).</summary>
    public double LastError { get; set; } = 1;

    /// <inheritdoc cref="LastError"/>
    public double EarlierError { get; set; } = 1;

    /// <summary>Which integrator is active.</summary>
    public OdeMethod Method { get; set; }

    /// <summary>An upper estimate of the spectral radius of the Jacobian.</summary>
    public double SpectralRadius { get; set; }

    /// <summary>Accepted steps since that estimate; negative asks for a new one.</summary>
    public int EstimateAge { get; set; } = -1;

    /// <summary>Consecutive steps at which the other integrator looked cheaper.</summary>
    public int CheaperElsewhere { get; set; }

    /// <summary>Accepted steps.</summary>
    public long Steps { get; set; }

    /// <summary>Rejected steps.</summary>
    public long Rejections { get; set; }

    /// <summary>Evaluations of the right-hand side.</summary>
    public long Evaluations { get; set; }

    /// <summary>A start at time 0.</summary>
    public static OdeState At(ReadOnlySpan<double> y) => new() { Y = y.ToArray(), Eigenvector = new double[y.Length] };

    /// <summary>Every number but the vectors, for a checkpoint.</summary>
    public double[] Scalars() =>
    [
        Time, StepSize, LastError, EarlierError, (double)Method, SpectralRadius, EstimateAge, CheaperElsewhere, Steps, Rejections, Evaluations,
    ];

    /// <summary>The state that <see cref="Scalars"/> and the vectors were taken from.</summary>
    public static OdeState Restore(double[] scalars, double[] y, double[] eigenvector)
    {
        if (scalars.Length != ScalarCount || y.Length != eigenvector.Length)
        {
            throw new ArgumentException(
                $"An ODE state has {ScalarCount} scalars and two vectors of one length; found {scalars.Length} scalars and lengths {y.Length} and {eigenvector.Length}.");
        }

        return new()
        {
            Y = y,
            Eigenvector = eigenvector,
            Time = scalars[0],
            StepSize = scalars[1],
            LastError = scalars[2],
            EarlierError = scalars[3],
            Method = (OdeMethod)(int)scalars[4],
            SpectralRadius = scalars[5],
            EstimateAge = (int)scalars[6],
            CheaperElsewhere = (int)scalars[7],
            Steps = (long)scalars[8],
            Rejections = (long)scalars[9],
            Evaluations = (long)scalars[10],
        };
    }
}
