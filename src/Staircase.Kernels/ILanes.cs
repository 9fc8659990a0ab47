namespace Staircase.Kernels;

/// <summary>The operations on one vector of doubles from which every kernel is built.</summary>
/// <typeparam name="TVector">The vector: <c>Vector512&lt;double&gt;</c> down to a plain <see cref="double"/>.</typeparam>
/// <remarks>
/// Kernels are written once, generic in an implementation of this interface. Implementations are empty structs, so
/// the compiler makes one specialised body per width. <c>Vector&lt;double&gt;</c> would be simpler, but stays at
/// 256 bits on AVX-512 machines and has no masked loads; wrapping the vector itself in a struct would ask the
/// compiler to unwrap it in every register-blocked loop.
/// </remarks>
internal unsafe interface ILanes<TVector>
    where TVector : struct
{
    /// <summary>Number of doubles in a vector.</summary>
    static abstract int Count { get; }

    /// <summary>Rows of a register tile: as many as leave room in the register file, 4 or 8.</summary>
    static abstract int TileRows { get; }

    static abstract TVector Load(double* source);

    /// <summary>Loads the first <paramref name="count"/> lanes, 0 to <see cref="Count"/>; the others are zero and their memory is not touched.</summary>
    static abstract TVector LoadFirst(double* source, int count);

    /// <summary>Loads all but the first <paramref name="skipped"/> lanes, 0 to <see cref="Count"/>; those are zero and their memory is not touched.</summary>
    static abstract TVector LoadAfter(double* source, int skipped);

    static abstract void Store(TVector value, double* destination);

    /// <summary>Stores the first <paramref name="count"/> lanes, 0 to <see cref="Count"/>; the memory of the others is not touched.</summary>
    static abstract void StoreFirst(TVector value, double* destination, int count);

    static abstract TVector Broadcast(double value);

    static abstract TVector Add(TVector left, TVector right);

    static abstract TVector Multiply(TVector left, TVector right);

    /// <summary><c>left * right + addend</c>, with one rounding where the hardware fuses and two where it does not.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);

    static abstract double Sum(TVector value);
}
