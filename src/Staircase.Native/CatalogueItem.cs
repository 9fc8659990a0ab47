namespace Staircase.Native;

/// <summary>The lists that the library is made of.</summary>
internal sealed class CatalogueItem : Item
{
    public override string What => "the catalogue";

    protected override string? MakeText(string name) => name switch
    {
        "kinds" => Json.Text(Json.List(ExperimentKinds.All, kind => Json.Of(
            ("name", kind.Name), ("describes", kind.Describes), ("example", kind.Example),
            ("keys", Json.List(kind.Keys, key => Json.Of(
                ("name", key.Name), ("value", key.Placeholder ?? "true|false"), ("default", key.Default ?? ""), ("help", key.Help),
                ("group", key.Group))))))),
        "figures" => Json.Text(Json.List(FigureCatalogue.All, Json.Of)),
        "results" => Json.Text(Json.List(Result.All, Json.InFull)),
        "layouts" => Json.Text(Json.Texts(HeadLayout.Names)),
        "version" => RunRecord.CurrentVersion,
        _ => null,
    };
}
