namespace Staircase;

/// <summary>Some heads of a model as a model of their own.</summary>
internal sealed class HeadGroup
{
    private readonly SeparateAttention _all;

    /// <param name="all">The whole model.</param>
    /// <param name="models">Models of so many heads each, made when first needed: every race parts its heads many times.</param>
    /// <param name="size">The length of its weight vectors: all, or the in-context prefix.</param>
    /// <param name="heads">Which heads.</param>
    public HeadGroup(SeparateAttention all, SeparateAttention?[] models, int size, int[] heads)
    {
        (_all, Heads) = (all, heads);
        Model = models[Max(1, heads.Length)] ??= new(all.InputDimension, Max(1, heads.Length), all.Rank);
        Size = size == all.Layout.Count ? Model.Layout.Count : Model.Layout.InContextCount;
    }

    /// <summary>How many.</summary>
    public int Count => Heads.Length;

    /// <summary>Their numbers in the whole model.</summary>
    public int[] Heads { get; }

    /// <summary>These alone; a model of no heads has one without weights.</summary>
    public SeparateAttention Model { get; }

    /// <summary>The length of their weight vectors.</summary>
    public int Size { get; }

    /// <summary>Their part of the weights of all.</summary>
    public double[] WeightsIn(double[] all)
    {
        var own = new double[Size];
        for (int block = 0; block < _all.Layout.Table.Length; block++)
        {
            for (int i = 0; i < Count; i++)
                _all.Part(all, block, Heads[i]).CopyTo(Model.Part(own, block, i));
        }

        return own;
    }

    /// <summary>Writes their weights into those of all.</summary>
    public void CopyTo(double[] all, Span<double> weights)
    {
        for (int block = 0; block < _all.Layout.Table.Length; block++)
        {
            for (int i = 0; i < Count; i++)
                Model.Part(weights[..Size], block, i).CopyTo(_all.Part(all, block, Heads[i]));
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
