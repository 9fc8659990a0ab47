namespace Staircase.Kernels;

/// <summary>The sizes of a pass of <see cref="CausalAttention"/>; <paramref name="Offsets"/> is 0 without relative positions.</summary>
internal readonly record struct CausalShape(int Sequences, int Heads, int Tokens, int Width, int Offsets);
