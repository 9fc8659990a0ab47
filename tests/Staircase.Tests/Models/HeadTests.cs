namespace Staircase.Tests;

/// <summary>Views of heads: where each of their numbers lies in the weight vector.</summary>
public class HeadTests
{
    /// <summary>Sums of at most some ten products of numbers of order one.</summary>
    private const double SumRounding = 1e-13;

    /// <summary>Every weight is its own index, so that a number says where it lies (blocks in C order: v, K, Q, V, l).</summary>
    [Fact]
    public void A_head_of_separate_attention_lies_where_the_layout_says()
    {
        const int D = 3, H = 2, R = 2, h = 1;
        var model = new SeparateAttention(D, H, R);
        double[] weights = [.. Enumerable.Range(0, model.Layout.Count)];
        SeparateHead head = model.Head(weights, h);
        const int key = H, query = key + H * R * D, input = query + H * R * D, label = input + H * D;
        Assert.Equal(h, head.Value);
        Assert.Equal(R, head.Key.Rows);
        for (int r = 0; r < R; r++)
        {
            Assert.Equal(label + h * R + r, head.KeyLabel[r]);
            for (int d = 0; d < D; d++)
            {
                Assert.Equal(key + (h * R + r) * D + d, head.Key[r, d]);
                Assert.Equal(query + (h * R + r) * D + d, head.Query[r][d]);
                Assert.Equal(input + h * D + d, head.ValueInput[d]);
            }
        }
    }

    /// <summary>As above: v, U, V, u.</summary>
    [Fact]
    public void A_merged_head_lies_where_the_layout_says()
    {
        const int D = 3, H = 2, h = 1;
        var model = new MergedAttention(D, H);
        double[] weights = [.. Enumerable.Range(0, model.Layout.Count)];
        MergedHead head = model.Head(weights, h);
        const int keyQuery = H, input = keyQuery + H * D * D, label = input + H * D;
        Assert.Equal(h, head.Value);
        for (int a = 0; a < D; a++)
        {
            Assert.Equal(input + h * D + a, head.ValueInput[a]);
            Assert.Equal(label + h * D + a, head.KeyQueryLabel[a]);
            for (int b = 0; b < D; b++)
                Assert.Equal(keyQuery + (h * D + a) * D + b, head.KeyQuery[a, b]);
        }
    }

    [Fact]
    public void What_is_written_to_a_view_is_written_to_the_weights()
    {
        var model = new SeparateAttention(2, 2, 1);
        double[] weights = new double[model.Layout.Count];
        SeparateHead head = model.Head(weights, 1);
        (head.Value, head.Key[0, 1], head.KeyLabel[0]) = (2, 3, 5);
        Assert.Equal([0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5], weights);
    }

    /// <summary>M_dd = Σ_heads Σ_r (v k_rd + l_r V_d) q_rd, for whole vectors and for prefixes.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_strengths_of_heads_add_up_to_the_diagonal_of_the_map(bool whole)
    {
        const int D = 4;
        var model = new SeparateAttention(D, 3, 2);
        double[] weights = model.Initialize(0.7, 3, InitializationScheme.Full)
            [..(whole ? model.Layout.Count : model.Layout.InContextCount)];
        double[] M = model.InContextMatrix(weights);
        for (int d = 0; d < D; d++)
        {
            double sum = 0;
            for (int h = 0; h < model.Heads; h++)
                sum += model.Head(weights, h).Strength(d);
            Expect.Relative($"M at {d}", M[d * D + d], sum, SumRounding, scale: 1);
        }
    }

    [Fact]
    public void Other_blocks_are_empty_where_there_are_none()
    {
        var separate = new SeparateAttention(3, 2, 2);
        SeparateHead prefix = separate.Head(new double[separate.Layout.InContextCount], 1);
        Assert.Equal((0, 0, 2), (prefix.ValueInput.Length, prefix.KeyLabel.Length, prefix.Query.Rows));
        var cubic = new CubicFeatureNetwork(3, 2);
        MergedHead unit = cubic.Head(new double[cubic.Layout.Count], 1);
        Assert.Equal((0, 0, 3), (unit.ValueInput.Length, unit.KeyQueryLabel.Length, unit.KeyQuery.Rows));
    }

    [Fact]
    public void Views_allocate_nothing()
    {
        var model = new SeparateAttention(4, 5, 2);
        double[] weights = model.Initialize(1, 1);
        double sum = Sum();
        long before = GC.GetAllocatedBytesForCurrentThread();
        sum += Sum();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(0, sum);

        double Sum()
        {
            double total = 0;
            for (int h = 0; h < model.Heads; h++)
                total += model.Head(weights, h).Strength(h % 4);
            return total;
        }
    }

    [Fact]
    public void A_head_or_a_vector_that_does_not_exist_is_refused()
    {
        var model = new MergedAttention(3, 2);
        Refused("The model has the heads 0 to 1, not 2.", () => model.Head(new double[model.Layout.Count], 2));
        Refused("The model has the heads 0 to 1, not -1.", () => model.Head(new double[model.Layout.Count], -1));
        Refused("The model has 32 parameters (20 in-context), not 25.", () => model.Head(new double[25], 0));

        static void Refused(string expected, Action view) => Assert.Equal(expected, Assert.Throws<ArgumentException>(view).Message);
    }
}
