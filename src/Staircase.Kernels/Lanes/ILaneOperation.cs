using System.Runtime.Intrinsics;

namespace Staircase.Kernels;

/// <summary>
/// An operation over rows of numbers, written once for every width: a struct of pointers and sizes whose method does the work.
/// </summary>
internal interface ILaneOperation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    void Run<TLanes, TVector>()
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct;
}

/// <summary>Runs operations with the widest vectors there are.</summary>
internal static class LaneOperation
{
    [MethodImpl(AggressiveInlining)]
    public static void Run<T, TOperation>(TOperation operation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TOperation : struct, ILaneOperation<T>
    {
        RequirePrecision<T>();
        if (Vector512.IsHardwareAccelerated)
            operation.Run<Lanes512<T>, Vector512<T>>();
        else if (Vector256.IsHardwareAccelerated)
            operation.Run<Lanes256<T>, Vector256<T>>();
        else if (Vector128.IsHardwareAccelerated)
            operation.Run<Lanes128<T>, Vector128<T>>();
        else
            operation.Run<ScalarLanes<T>, T>();
    }
}
