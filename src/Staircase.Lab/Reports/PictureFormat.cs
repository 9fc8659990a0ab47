namespace Staircase.Lab;

/// <summary>A kind of picture file.</summary>
public enum PictureFormat
{
    /// <summary>Scalable.</summary>
    Svg,

    /// <summary>Pixels: 300 an inch where a width is asked for, else two a CSS pixel.</summary>
    Png,

    /// <summary>Scalable, a page as large as the picture.</summary>
    Pdf,
}
