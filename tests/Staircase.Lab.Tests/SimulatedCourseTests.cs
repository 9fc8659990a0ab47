namespace Staircase.Lab.Tests;

/// <summary>Means, errors and deviations by hand.</summary>
public sealed class SimulatedCourseTests
{
    [Fact]
    public void Deviations_and_errors_are_those_computed_by_hand()
    {
        (double[] Mean, double[] Error) start = SimulatedCourse.Average([[2, 0.1], [2, 0.3]]);
        (double[] Mean, double[] Error) end = SimulatedCourse.Average([[1, 0.5], [3, 0.9]]);
        var course = new SimulatedCourse([0, 1], [start.Mean, end.Mean], [start.Error, end.Error]);
        Assert.Equal([2, 0.2], course.Mean[0]);
        Assert.Equal(1, course.Error[1][0], 12); // of 1 and 3: deviation √2, over √2
        Assert.Equal(0.2, course.Error[1][1], 12);
        Assert.Equal(0.6, course.TimeAt(1, 0.5), 12);
        Assert.True(double.IsNaN(course.TimeAt(1, 0.8)), "never reached");

        var theory = new VectorTheory("theory", [new(0, 2, [1], [0.5]), new(1, 2, [1], [0.8])]);
        Deviation deviation = course.From(theory.Course, 1);
        Assert.Equal(-0.3, deviation.Largest, 12);
        Assert.Equal(0, deviation.At);
        Assert.Equal(0.1, deviation.ErrorThere, 12);
        Assert.Equal(Math.Sqrt((0.09 + 0.01) / 2), deviation.RootMeanSquare, 12);
        Assert.Equal(Math.Sqrt((0.01 + 0.04) / 2), deviation.RootMeanSquareError, 12);
        Assert.Equal(deviation.RootMeanSquare, course.Distance(theory), 12); // of one mode
        Assert.Throws<ArgumentException>(() => course.From([new(0, 2, [1], [0.5])], 1));
    }

    [Fact]
    public void One_training_has_no_error() =>
        Assert.True(double.IsNaN(SimulatedCourse.Average([[2, 0.1]]).Error[0]), "a single number does not scatter");
}
