using System.CommandLine;

namespace Staircase.Cli;

/// <summary>A command of the program.</summary>
public interface ICommand
{
    /// <summary>Its place on the help page.</summary>
    int Order { get; }

    /// <summary>Its name, options and action.</summary>
    Command Create();
}
