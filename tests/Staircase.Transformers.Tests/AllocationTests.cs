using Staircase.Kernels;

namespace Staircase.Transformers.Tests;

/// <summary>
/// A step of training allocates nothing. Runs alone: a collection caused by another test would empty the pools that steps rent from.
/// </summary>
[Collection(nameof(AllocationTests))]
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
public class AllocationTests
{
    [Fact]
    public void A_step_on_tokens_allocates_nothing()
    {
        using ThreadTeam one = new(1);
        var shape = new TransformerShape
        {
            Layers = 2,
            Heads = 3,
            ModelDimension = 13,
            HeadDimension = 5,
            MlpDimension = 11,
            Vocabulary = 7,
            ContextLength = 40,
            Positions = PositionKind.Relative,
            LayerNorm = true,
        };
        var model = new TokenTransformer<float>(shape, one);
        var objective = new TokenObjective<float>(model, new MarkovTask(shape.Vocabulary, 1, 1, 3), 24);
        NothingIsAllocated(new Descent<float>(objective, new Adam(1e-3, WeightDecay: 0.1), model.Initialize(0.5, 1)));
    }

    [Theory]
    [InlineData("adam")]
    [InlineData("muon")]
    public void A_step_on_modular_addition_allocates_nothing(string optimizer)
    {
        using ThreadTeam one = new(1);
        (PairSet training, _) = PairSet.Split(OperationTable.Addition(31), 0.9, 1);
        var model = new ModularTransformer<float>(new ModularShape(31, 31, 64, 4, 16, 96), training, one);
        IOptimizer how = optimizer == "adam" ? new Adam(1e-3, WeightDecay: 1) : new Muon(1e-3);
        NothingIsAllocated(new Descent<float>(model, how, model.Initialize(1, 2)));
    }

    [Fact]
    public void A_step_of_softmax_attention_allocates_nothing()
    {
        using ThreadTeam one = new(1);
        var model = new SeparateAttention(3, 2, 1);
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(3), 8);
        SoftmaxObjective objective = SoftmaxObjective.FullBatch(model, new SequenceRange(task.Sample(50, 1), 0, 50), team: one);
        NothingIsAllocated(new Descent<double>(objective, new Momentum(1e-3), model.Initialize(0.5, 3)));
    }

    private static void NothingIsAllocated<T>(Descent<T> training)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        const int steps = 30;
        long least = long.MaxValue;
        for (int repetition = 0; repetition < 10 && least > 0; repetition++)
        {
            // The first repetition compiles and fills the pools; later ones may be recompiled once more.
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int step = 0; step < steps; step++)
                training.Advance();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.True(least == 0, $"{least} bytes in {steps} steps");
    }
}
