namespace Staircase.Native;

/// <summary>An experiment with everything resolved.</summary>
internal sealed class StudyItem(Study study) : Item
{
    public override string What => "a study";

    /// <summary>The study.</summary>
    public Study Study => study;

    protected override string? MakeText(string name) => TextOf(study, name);

    /// <summary>What is known of a study: <c>experiment</c>, <c>kind</c>, <c>description</c>, <c>announcements</c>.</summary>
    public static string? TextOf(Study study, string name) => name switch
    {
        "experiment" => Json.Text(Json.Map(study.Settings)),
        "kind" => study.Kind.Name,
        "description" => study.Description,
        "announcements" => Json.Text(Json.Texts(study.Announcements)),
        _ => null,
    };
}
