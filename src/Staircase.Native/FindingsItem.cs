namespace Staircase.Native;

/// <summary>What came of a prediction or a comparison.</summary>
internal sealed class FindingsItem(Study study, Findings findings) : Item
{
    private Document Document => field ??= new(findings.Data); // many are only asked for a table

    public override string What => "findings";

    protected override string? MakeText(string name) => TextOf(findings, Document, name) ?? StudyItem.TextOf(study, name);

    protected override NamedArray? MakeArray(string name) => Document.Array(name);
}
