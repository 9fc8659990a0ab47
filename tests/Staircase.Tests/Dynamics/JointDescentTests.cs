namespace Staircase.Tests.Dynamics;

public sealed class JointDescentTests
{
    private static readonly QuadraticLoss Loss =
        QuadraticLoss.From(RegressionTask.Create(Spectrum.Linear(3), contextLength: 7).Sample(40, seed: 3));

    /// <summary>Of any models and at any steps; one leaves early, and those that are left go on together.</summary>
    [Fact]
    public void Every_descent_has_the_bits_that_it_has_alone()
    {
        AttentionModel[] models = [new SeparateAttention(3, 4, 1), new SeparateAttention(3, 2, 3), new MergedAttention(3, 5)];
        var optimizer = new Momentum(0.05);
        Descent<double>[] alone = [.. models.Select(model => New(model, optimizer))], together = [.. models.Select(model => New(model, optimizer))];
        together[1].Advance(); // a step ahead of the others
        alone[1].Advance();
        JointDescent joint = JointDescent.Of(together)!;
        for (int step = 0; step < 30; step++)
        {
            Descent<double>[] open = step < 20 ? together : together[1..];
            joint.Evaluate(open);
            foreach (Descent<double> descent in open)
            {
                Descent<double> single = alone[Array.IndexOf(together, descent)];
                Assert.Equal(single.Evaluate(), descent.Evaluate());
                Assert.Equal(single.Gradient.ToArray(), descent.Gradient.ToArray());
                Assert.Equal(single.Advance(), descent.Advance());
                Assert.Equal(single.State.Weights, descent.State.Weights);
            }
        }

        Assert.Equal([20L, 31, 30], together.Select(descent => descent.Step));
    }

    [Fact]
    public void A_descent_that_diverges_says_so_itself()
    {
        var wild = new GradientDescent(1e3);
        Descent<double>[] together = [New(new MergedAttention(3, 2), wild, scale: 2), New(new MergedAttention(3, 2), new GradientDescent(0.01))];
        JointDescent joint = JointDescent.Of(together)!;
        DivergedException? diverged = null;
        for (int step = 0; step < 30 && diverged is null; step++)
        {
            joint.Evaluate(together); // throws nothing, whatever it finds
            together[1].Advance();
            diverged = Record.Exception(() => together[0].Advance()) as DivergedException;
        }

        Assert.Equal(together[0].Step, diverged?.Step);
        Assert.True(double.IsFinite(together[1].Evaluate()));
    }

    [Fact]
    public void Only_descents_on_the_same_moments_go_together()
    {
        var model = new MergedAttention(3, 2);
        var optimizer = new GradientDescent(0.1);
        QuadraticLoss other = QuadraticLoss.From(RegressionTask.Create(Spectrum.Linear(3), contextLength: 7).Sample(40, seed: 4));
        Assert.Null(JointDescent.Of([New(model, optimizer)]));
        Assert.Null(JointDescent.Of([New(model, optimizer), New(model, optimizer, loss: other)]));
        Assert.Null(JointDescent.Of([.. Enumerable.Range(0, 2).Select(_ =>
            New(model, optimizer, loss: RegressionTask.Create(Spectrum.Linear(3), contextLength: 7).PopulationLoss()))]));
        Assert.NotNull(JointDescent.Of([New(model, optimizer), New(model, optimizer)]));
    }

    private static Descent<double> New(AttentionModel model, IOptimizer optimizer, double scale = 0.3, IAttentionLoss? loss = null) =>
        new(new Objective(model, loss ?? Loss), optimizer, model.Initialize(scale, seed: 8, InitializationScheme.Full));
}
