namespace Staircase.Lab;

/// <summary>What to run, as data, for an experiment of any kind beside regression. Immutable.</summary>
public interface IExperiment
{
    /// <summary>Its kind.</summary>
    IExperimentKind Kind { get; }

    /// <summary>The experiment with one of its kind's keys set.</summary>
    /// <param name="key">A key of the kind.</param>
    /// <param name="value">Its value as text.</param>
    /// <exception cref="InputException">The value is not one.</exception>
    IExperiment With(string key, string value);

    /// <summary>Prepares everything that predicting and training need.</summary>
    /// <exception cref="InputException">A value is out of range, or a file is not what it should be.</exception>
    IStudy Prepare();
}
