using System.Collections.Immutable;

namespace Staircase.Checkpoints;

/// <summary>The three values of an npy header's dict.</summary>
internal readonly record struct NpyHeaderFields(string TypeName, bool FortranOrder, ImmutableArray<long> Shape);
