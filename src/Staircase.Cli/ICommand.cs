namespace Staircase.Cli;

/// <summary>One command: a file of its own, and its line in <see cref="Application.Commands"/>.</summary>
internal interface ICommand
{
    /// <summary>The command with its options and its action.</summary>
    Command Create();
}
