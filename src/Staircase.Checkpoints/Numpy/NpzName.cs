namespace Staircase.Checkpoints;

/// <summary>Names of npz members.</summary>
internal static class NpzName
{
    public const string Extension = ".npy";

    /// <summary>What is wrong with a member's name, or null. Nothing is ever extracted, but other programs extract such files.</summary>
    public static string? Complaint(string memberName)
    {
        if (memberName.Length == 0)
            return "an empty member name";
        if (memberName[0] is '/' or '\\' || (memberName.Length > 1 && memberName[1] == ':' && char.IsAsciiLetter(memberName[0])))
            return "an absolute member name";
        if (memberName.Split('/', '\\').Contains(".."))
            return "a member name that climbs out with '..'";
        return memberName.Any(char.IsControl) ? "a control character in a member name" : null;
    }
}
