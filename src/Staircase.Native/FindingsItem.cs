using Staircase.Lab;

namespace Staircase.Native;

/// <summary>What came of a prediction or a comparison.</summary>
internal sealed class FindingsItem(Study study, Findings findings) : Item
{
    private readonly Document _document = new(findings.Data);

    /// <inheritdoc/>
    public override string What => "findings";

    /// <inheritdoc/>
    protected override string? MakeText(string name) => TextOf(findings, _document, name) ?? StudyItem.TextOf(study, name);

    /// <inheritdoc/>
    protected override NamedArray? MakeArray(string name) => _document.Array(name);
}
