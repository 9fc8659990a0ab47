namespace Staircase.Tests;

public class ParameterLayoutTests
{
    /// <summary>
    /// Name, shape, axes, size of the published layer, whether in-context: the table of the papers' layers for D 3, H 5, R 2.
    /// </summary>
    public static TheoryData<string, string[]> Tables => new()
    {
        {
            "merged",
            [
                "value 5 Head 80 True", "key_query 5×3×3 Head,Input,Input 80 True",
                "value_input 5×3 Head,Input 80 False", "key_query_label 5×3 Head,Input 80 False",
            ]
        },
        {
            "separate",
            [
                "value 5 Head 80 True", "key 5×2×3 Head,Rank,Input 40 True", "query 5×2×3 Head,Rank,Input 40 True",
                "value_input 5×3 Head,Input 80 False", "key_label 5×2 Head,Rank 40 False",
            ]
        },
        { "cubic", ["output 5 Head 5 True", "hidden 5×3×3 Head,Input,Input 45 True"] },
    };

    [Theory]
    [MemberData(nameof(Tables))]
    public void Each_block_is_the_published_one(string name, string[] expected)
    {
        ParameterLayout layout = ModelTests.Model(name, 3, 5, 2).Layout;

        Assert.Equal(
            expected,
            layout.Blocks.Select(b => $"{b.Name} {string.Join('×', b.Shape)} {string.Join(',', b.Axes)} {b.LayerSize} {b.InContext}"),
            StringComparer.Ordinal);
    }

    [Theory]
    [MemberData(nameof(ModelTests.Models), MemberType = typeof(ModelTests))]
    public void Blocks_are_contiguous_and_in_context_blocks_come_first(string name, int D, int size, int rank)
    {
        ParameterLayout layout = ModelTests.Model(name, D, size, rank).Layout;
        int offset = 0, inContext = 0;
        bool others = false;
        foreach (ParameterBlock block in layout.Blocks)
        {
            Assert.Equal(offset, block.Offset);
            Assert.Equal(block.Shape.Aggregate(1, (a, b) => a * b), block.Length);
            Assert.False(others && block.InContext, $"{block.Name} is in-context but comes after a block that is not");
            others |= !block.InContext;
            offset += block.Length;
            inContext += block.InContext ? block.Length : 0;
            Assert.Same(block, layout[block.Name]);
        }

        Assert.Equal(offset, layout.Count);
        Assert.Equal(inContext, layout.InContextCount);
        double[] numbers = [.. Enumerable.Range(0, layout.Count).Select(i => (double)i)];
        Assert.Equal(numbers, layout.Blocks.SelectMany(block => layout.Slice(numbers.AsSpan(), block.Name).ToArray()));
    }

    [Fact]
    public void A_block_that_does_not_exist_is_refused_with_those_that_do()
    {
        string message = Assert.Throws<KeyNotFoundException>(() => new SeparateAttention(3, 2, 1).Layout["keys"]).Message;

        Assert.Equal("There is no parameter block 'keys'; there are value, key, query, value_input, key_label.", message);
    }

    [Fact]
    public void Zero_blocks_are_seen_number_by_number()
    {
        ParameterLayout layout = new MergedAttention(2, 2).Layout;
        for (int i = 0; i < layout.Count; i++)
        {
            var weights = new double[layout.Count];
            weights[i] = 1e-300;
            Assert.True(
                layout.HasZeroBlocks(weights) == i < layout.InContextCount,
                $"weight {i} of {layout.Count}, {layout.InContextCount} in-context");
        }
    }
}
