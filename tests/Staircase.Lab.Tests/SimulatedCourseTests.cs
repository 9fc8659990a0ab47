namespace Staircase.Lab.Tests;

/// <summary>Means, errors and deviations by hand.</summary>
public sealed class SimulatedCourseTests
{
    [Fact]
    public void Deviations_and_errors_are_those_computed_by_hand()
    {
        IReadOnlyList<VectorPoint>[] trainings =
        [
            [new(0, 2, [1], [0.1]), new(1, 1, [1], [0.5])],
            [new(0, 2, [1], [0.3]), new(1, 3, [1], [0.9])],
        ];
        var course = SimulatedCourse.Of(trainings);
        Assert.Equal([2, 0.2], course.Mean[0]);
        Assert.Equal(1, course.Error[1][0], 12); // of 1 and 3: deviation √2, over √2
        Assert.Equal(0.2, course.Error[1][1], 12);
        Assert.Equal(0.6, course.TimeAt(1, 0.5), 12);
        Assert.True(double.IsNaN(course.TimeAt(1, 0.8)), "never reached");

        Deviation deviation = course.From([new(0, 2, [1], [0.5]), new(1, 2, [1], [0.8])], 1);
        Assert.Equal(-0.3, deviation.Largest, 12);
        Assert.Equal(0, deviation.At);
        Assert.Equal(0.1, deviation.ErrorThere, 12);
        Assert.Equal(Math.Sqrt((0.09 + 0.01) / 2), deviation.RootMeanSquare, 12);
        Assert.Equal(Math.Sqrt((0.01 + 0.04) / 2), deviation.RootMeanSquareError, 12);
        Assert.Throws<ArgumentException>(() => course.From([new(0, 2, [1], [0.5])], 1));
    }

    [Fact]
    public void One_training_has_no_error() => Assert.True(double.IsNaN(SimulatedCourse.Of([[new(0, 2, [1], [0.1])]]).Error[0][0]), "a single number does not scatter");
}
