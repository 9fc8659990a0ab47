namespace Staircase.Kernels;

/// <summary>
/// C = scale · A B + keep · C on pinned memory: rows × columns from rows × inner and inner × columns, each stored as it is or transposed.
/// </summary>
internal unsafe struct ProductArguments<T>
    where T : unmanaged
{
    public int Rows, Columns, Inner;
    public T Scale, Keep;
    public T* A, B, C;
    public nint AStride, BStride, CStride;
    public bool TransposeA, TransposeB;
}
