namespace Staircase.Kernels;

/// <summary>A function of two numbers, lane by lane.</summary>
internal interface IElementFunction<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static abstract TVector Invoke<TLanes, TVector>(TVector x, TVector y)
        where TLanes : struct, ILanes<T, TVector>
        where TVector : struct;
}
