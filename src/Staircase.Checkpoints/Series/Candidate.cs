namespace Staircase.Checkpoints;

/// <summary>What may be a checkpoint of a series.</summary>
/// <param name="File">What is opened: a file, or an index of shards.</param>
/// <param name="Name">What it is called: the file's name, or that of the folder or revision that it is the weights of.</param>
/// <param name="Below">Its path below what was typed.</param>
/// <param name="OtherName">Another name that may say the step: of the file in such a folder, or of the folder of a file.</param>
/// <param name="IsFinal">Whether it is the final model beside its checkpoints, by where it stands.</param>
internal sealed record Candidate(string File, string Name, string Below, string? OtherName = null, bool IsFinal = false)
{
    /// <summary>The name without the endings of files.</summary>
    public string Stem { get; } = CheckpointFile.StemOf(Name);
}
