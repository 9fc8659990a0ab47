using System.Runtime.CompilerServices;

namespace Staircase;

/// <summary>The loss of a linear attention as a function of its weights.</summary>
public sealed class Objective : IInContextObjective
{
    private double[] _map = [];
    private double[] _mapGradient = [];

    /// <param name="model">What the weights compute.</param>
    /// <param name="loss">How good that is.</param>
    /// <exception cref="ArgumentException">Model and loss differ in the input dimension.</exception>
    public Objective(AttentionModel model, IAttentionLoss loss)
    {
        if (model.InputDimension != loss.InputDimension)
            throw new ArgumentException($"The model has input dimension {model.InputDimension}, the loss {loss.InputDimension}.");
        Model = model;
        Loss = loss;
    }

    /// <summary>What the weights compute.</summary>
    public AttentionModel Model { get; }

    /// <summary>How good that is.</summary>
    public IAttentionLoss Loss { get; }

    /// <inheritdoc/>
    public ParameterLayout Layout => Model.Layout;

    /// <inheritdoc/>
    public ReadOnlySpan<double> LastInContextMatrix => _map.AsSpan(0, AttentionMap.InContextLength(Model.InputDimension));

    /// <inheritdoc/>
    public void Draw(long step) => (Loss as IStochasticLoss)?.Draw(step);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double Evaluate(ReadOnlySpan<double> weights, Span<double> gradient)
    {
        Map(weights);
        double value = Loss.Evaluate(_map, _mapGradient);
        Model.PullBack(weights, _mapGradient, gradient);
        return value;
    }

    /// <summary>The map of weights, which becomes the one last evaluated.</summary>
    internal ReadOnlySpan<double> Map(ReadOnlySpan<double> weights)
    {
        int length = Model.MapLength(weights.Length);
        if (_map.Length != length)
        {
            _map = new double[length];
            _mapGradient = new double[length];
        }

        Model.Map(weights, _map);
        return _map;
    }

    /// <summary>The loss alone.</summary>
    public double Evaluate(ReadOnlySpan<double> weights)
    {
        var map = new double[Model.MapLength(weights.Length)];
        Model.Map(weights, map);
        return Loss.Evaluate(map, new double[map.Length]);
    }

    /// <summary>The part of the weights that moves: all of them, or the in-context prefix where the loss keeps zero blocks zero.</summary>
    public int MovingCount(ReadOnlySpan<double> weights) =>
        Loss.KeepsZeroBlocks && Model.Layout.HasZeroBlocks(weights) ? Model.Layout.InContextCount : Model.Layout.Count;
}
