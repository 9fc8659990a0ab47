namespace Staircase.Tests;

/// <summary>
/// p₁ and q₂ stay zero for symmetric tasks, and nearly so for many random ones. (Their gradients against a million contexts: <see
/// cref="VectorLossAgreementTests"/>.)
/// </summary>
public class ZeroBlocksTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Their_gradients_vanish_for_tasks_with_their_negatives(bool querySees)
    {
        const double rounding = 1e-14;
        foreach (TaskSet tasks in (IEnumerable<TaskSet>)
            [TaskSet.Gaussian(3, 5, 1).WithNegatives(), TaskSet.GaussianDesign(3), TaskSet.DiagonalDesign(3)])
        {
            var task = new VectorRegressionTask(Spectrum.Of(1.5, 0.8, 0.3), 4, tasks) { QueryAttendsToItself = querySees };
            ZeroBlocks.Gradients gradients = ZeroBlocks.Of(task, VectorWeights.Random(3, 1, 2));
            Assert.All([.. gradients.ValueInput, .. gradients.KeyQueryLabel], g => Assert.InRange(g, -rounding, rounding));
        }
    }

    [Fact]
    public void They_fall_as_one_over_the_root_of_the_number_of_random_tasks()
    {
        double few = Size(100), many = Size(10_000);
        Assert.InRange(few / many, 7, 14); // 10 expected; each size is a root mean square over 40 sets

        static double Size(int count)
        {
            VectorWeights weights = VectorWeights.Random(3, 1, 2);
            return Math.Sqrt(Enumerable.Range(0, 40).Average(seed =>
            {
                ZeroBlocks.Gradients gradients = ZeroBlocks.Of(
                    new VectorRegressionTask(Spectrum.Of(1.5, 0.8, 0.3), 4, TaskSet.Diagonal(3, count, (ulong)seed)), weights);
                return gradients.ValueInput.Concat(gradients.KeyQueryLabel).Sum(g => g * g);
            }));
        }
    }
}
