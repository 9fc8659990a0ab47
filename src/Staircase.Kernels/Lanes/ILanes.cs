namespace Staircase.Kernels;

/// <summary>The operations on one vector of numbers from which every kernel is built.</summary>
/// <typeparam name="T">The numbers: <see cref="float"/> or <see cref="double"/>.</typeparam>
/// <typeparam name="TVector">The vector: <c>Vector512&lt;T&gt;</c> down to a plain <typeparamref name="T"/>.</typeparam>
/// <remarks>
/// Kernels are written once, generic in an implementation of this interface. Implementations are empty structs, so
/// the compiler makes one specialised body per width and precision. <c>Vector&lt;T&gt;</c> would be simpler, but stays at
/// 256 bits on AVX-512 machines and has no masked loads; wrapping the vector itself in a struct would ask the
/// compiler to unwrap it in every register-blocked loop.
/// </remarks>
internal unsafe interface ILanes<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : struct
{
    /// <summary>Numbers in a vector.</summary>
    static abstract int Count { get; }

    /// <summary>Rows of a register tile: as many as leave room in the register file, 4 or 8.</summary>
    static abstract int TileRows { get; }

    static abstract TVector Load(T* source);

    /// <summary>
    /// Loads the first <paramref name="count"/> lanes, 0 to <see cref="Count"/>; the others are zero and their memory is not touched.
    /// </summary>
    static abstract TVector LoadFirst(T* source, int count);

    /// <summary>
    /// Loads all but the first <paramref name="skipped"/> lanes, 0 to <see cref="Count"/>; those are zero and their memory is not touched.
    /// </summary>
    static abstract TVector LoadAfter(T* source, int skipped);

    static abstract void Store(TVector value, T* destination);

    /// <summary>
    /// Stores the first <paramref name="count"/> lanes, 0 to <see cref="Count"/>; the memory of the others is not touched.
    /// </summary>
    static abstract void StoreFirst(TVector value, T* destination, int count);

    static abstract TVector Broadcast(T value);

    static abstract TVector Add(TVector left, TVector right);

    static abstract TVector Subtract(TVector left, TVector right);

    static abstract TVector Multiply(TVector left, TVector right);

    static abstract TVector Divide(TVector left, TVector right);

    /// <summary><c>left * right + addend</c>, with one rounding where the hardware fuses and two where it does not.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>The larger of each pair; NaN where the right one is NaN.</summary>
    static abstract TVector Max(TVector left, TVector right);

    /// <summary>The smaller of each pair; NaN where the right one is NaN.</summary>
    static abstract TVector Min(TVector left, TVector right);

    /// <summary>
    /// Zero in the lanes where <paramref name="left"/> ≤ <paramref name="right"/>, and <paramref name="value"/> in the others.
    /// </summary>
    static abstract TVector ClearWhereAtMost(TVector value, TVector left, TVector right);

    /// <summary>The first <paramref name="count"/> lanes, 0 to <see cref="Count"/>, and zero in the others.</summary>
    static abstract TVector KeepFirst(TVector value, int count);

    static abstract TVector SquareRoot(TVector value);

    /// <summary>
    /// 2ⁿ · value for the whole numbers n that a sum <c>n + <see cref="LaneMath{T, TLanes, TVector}.RoundingShift"/></c> holds in its last
    /// bits; n must keep the result normal.
    /// </summary>
    static abstract TVector ScaleByPowerOfTwo(TVector value, TVector shiftedExponent);

    static abstract T Sum(TVector value);

    static abstract T Largest(TVector value);
}
