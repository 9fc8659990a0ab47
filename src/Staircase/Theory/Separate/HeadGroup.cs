namespace Staircase;

/// <summary>Some heads of a model as a model of their own.</summary>
internal sealed class HeadGroup
{
    private readonly SeparateAttention _all;
    private readonly IReadOnlyList<int> _heads;

    /// <param name="all">The whole model.</param>
    /// <param name="size">The length of its weight vectors: all, or the in-context prefix.</param>
    /// <param name="heads">Which heads.</param>
    public HeadGroup(SeparateAttention all, int size, IReadOnlyList<int> heads)
    {
        (_all, _heads) = (all, heads);
        Model = new(all.InputDimension, Math.Max(1, heads.Count), all.Rank);
        Size = size == all.Layout.Count ? Model.Layout.Count : Model.Layout.InContextCount;
    }

    /// <summary>How many.</summary>
    public int Count => _heads.Count;

    /// <summary>Their numbers in the whole model.</summary>
    public IReadOnlyList<int> Heads => _heads;

    /// <summary>These alone; a model of no heads has one without weights.</summary>
    public SeparateAttention Model { get; }

    /// <summary>The length of their weight vectors.</summary>
    public int Size { get; }

    /// <summary>Their part of the weights of all.</summary>
    public double[] WeightsIn(double[] all)
    {
        var own = new double[Size];
        for (int block = 0; block < _all.Layout.Blocks.Count; block++)
        {
            for (int i = 0; i < Count; i++)
                _all.Part(all, block, _heads[i]).CopyTo(Model.Part(own, block, i));
        }

        return own;
    }

    /// <summary>Writes their weights into those of all.</summary>
    public void CopyTo(double[] all, ReadOnlySpan<double> weights)
    {
        double[] own = weights.ToArray();
        for (int block = 0; block < _all.Layout.Blocks.Count; block++)
        {
            for (int i = 0; i < Count; i++)
                Model.Part(own, block, i).CopyTo(_all.Part(all, block, _heads[i]));
        }
    }

    /// <summary>What they add to the map.</summary>
    public double[] MapIn(double[] all)
    {
        double[] own = WeightsIn(all), map = new double[Model.MapLength(own.Length)];
        Model.Map(own, map);
        return map;
    }
}
