namespace Staircase;

/// <summary>A mean whose weights are known by their logarithms, the largest of which is divided out.</summary>
internal struct EvidenceMean()
{
    private double _top = double.NegativeInfinity;

    /// <summary>Σ w over the largest weight.</summary>
    public double Mass { get; private set; }

    /// <summary>Σ w x over the largest weight.</summary>
    public double Sum { get; private set; }

    /// <summary>ln Σ w.</summary>
    public readonly double Logarithm => _top + Log(Mass);

    public void Add(double logarithm, double value)
    {
        if (logarithm > _top)
        {
            double shrink = Exp(_top - logarithm);
            (Mass, Sum, _top) = (Mass * shrink + 1, Sum * shrink + value, logarithm);
            return;
        }

        double weight = Exp(logarithm - _top);
        (Mass, Sum) = (Mass + weight, Sum + weight * value);
    }
}
