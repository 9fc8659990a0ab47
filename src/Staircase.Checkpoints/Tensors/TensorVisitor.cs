namespace Staircase.Checkpoints;

/// <summary>Sees a part of a tensor's elements; the span is good for the call only.</summary>
public delegate void TensorVisitor(ReadOnlySpan<double> values);
