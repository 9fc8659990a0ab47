namespace Staircase.Lab;

/// <summary>A kind of picture file.</summary>
public enum PictureFormat
{
    /// <summary>Scalable.</summary>
    Svg,

    /// <summary>Pixels, two a CSS pixel.</summary>
    Png,
}
