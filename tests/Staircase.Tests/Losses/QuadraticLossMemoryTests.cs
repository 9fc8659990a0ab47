namespace Staircase.Tests;

/// <summary>Runs alone: several threads allocate, so only the process's count tells, and that counts every test.</summary>
[Collection(nameof(QuadraticLossMemoryTests))]
[CollectionDefinition(nameof(QuadraticLossMemoryTests), DisableParallelization = true)]
public class QuadraticLossMemoryTests
{
    [Fact]
    public void Memory_does_not_grow_with_the_number_of_sequences()
    {
        // 18,000 more sequences would take 4.3 MB as features, 5.2 MB as tokens; the scheduler's own objects some 0.3 MB.
        const long bound = 1_000_000;
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(3), 8);
        long few = Allocated(2000), many = Allocated(20000);

        Assert.True(
            many - few < bound,
            $"Allocation for 20,000 sequences less that for 2,000: expected below {bound} B, actual {many - few} B ({few} B, {many} B)");

        long Allocated(int count)
        {
            var source = new TokenStatistics(task.Sample(count, 1), task.OutputScale, false);
            QuadraticLoss.From(source); // what is compiled or pooled once does not count
            long before = GC.GetTotalAllocatedBytes(precise: true);
            QuadraticLoss.From(source);
            return GC.GetTotalAllocatedBytes(precise: true) - before;
        }
    }
}
