namespace Staircase.Tests.Dynamics;

/// <summary>Tests that change the thread pool run when no others do.</summary>
[CollectionDefinition(nameof(ThreadCountTests), DisableParallelization = true)]
public class ThreadCountCollection;
