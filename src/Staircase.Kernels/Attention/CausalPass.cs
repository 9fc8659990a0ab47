namespace Staircase.Kernels;

/// <summary>A pass of <see cref="CausalAttention"/>, forward or backward.</summary>
internal unsafe struct CausalPass<T> : ILaneOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The sizes; <see cref="Offsets"/> is 0 without relative positions.</summary>
    public int Sequences, Heads, Tokens, Width, Offsets;

    public bool IsBackward;
    public T Scale;

    /// <summary>What the passes are given; <see cref="Output"/> is O forward and ∂L/∂O backward.</summary>
    public T* QKV, Relative, Probabilities, Output, Workspace;

    /// <summary>Where the gradient goes.</summary>
    public T* DQKV, DRelative;

    [MethodImpl(AggressiveInlining)]
    readonly void ILaneOperation<T>.Run<TLanes, TVector>()
    {
        if (IsBackward)
            CausalLanes<T, TLanes, TVector>.Backward(this);
        else
            CausalLanes<T, TLanes, TVector>.Forward(this);
    }
}
