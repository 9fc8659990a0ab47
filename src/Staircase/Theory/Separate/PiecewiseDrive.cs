using System.Runtime.InteropServices;
using Staircase.Kernels;

namespace Staircase;

/// <summary>A drive G(t) piece by piece, each a parabola through its start, its middle and its end.</summary>
/// <param name="length">Of G.</param>
internal sealed class PiecewiseDrive(int length)
{
    /// <summary>Pieces that are kept at most.</summary>
    public const int MostPieces = 64;

    /// <summary>Points that a piece adds.</summary>
    public const int Points = 2;

    private readonly List<double> _times = [], _values = [];
    private readonly double[] _drive = new double[length];

    /// <summary>How many pieces there are.</summary>
    public int Pieces => (_times.Count - 1) / Points;

    /// <summary>Up to when it is known; a drive of one point stays what it is.</summary>
    public double End => _times.Count == 1 ? double.PositiveInfinity : _times[^1];

    /// <summary>Begins anew with a first point.</summary>
    public void Begin(double time, ReadOnlySpan<double> drive)
    {
        _times.Clear();
        _values.Clear();
        Add(time, drive);
    }

    /// <summary>Adds the next point of a piece.</summary>
    public void Add(double time, ReadOnlySpan<double> drive)
    {
        _times.Add(time);
        _values.AddRange(drive);
    }

    /// <summary>Leaves the last point alone: all before are behind.</summary>
    public void Forget()
    {
        _times.RemoveRange(0, _times.Count - 1);
        _values.RemoveRange(0, _values.Count - length);
    }

    /// <summary>G at a time; it lasts until the next call.</summary>
    public ReadOnlySpan<double> At(double time)
    {
        if (_times.Count == 1)
            return Value(0);
        int from = 0;
        while (from < _times.Count - 1 - Points && time > _times[from + Points])
            from += Points;
        double start = _times[from], θ = (time - start) / (_times[from + Points] - start);
        LinearCombination.Of(
            (1 - θ) * (1 - 2 * θ), Value(from), 4 * θ * (1 - θ), Value(from + 1), θ * (2 * θ - 1), Value(from + 2), 0, Value(from), 0,
            Value(from), _drive);
        return _drive;
    }

    private ReadOnlySpan<double> Value(int point) => CollectionsMarshal.AsSpan(_values).Slice(point * length, length);
}
