namespace Staircase.Lab;

/// <summary>Finds the key that somebody meant by a letter of a paper, a word of another program, or a slip of the fingers.</summary>
public static class KeyHint
{
    private const int LeastLetters = 3; // names that are shorter are letters and abbreviations, in which every slip is another name

    private const int MostNames = 3;

    /// <summary>What papers and other programs call a key; the keys in the order in which they are likely meant.</summary>
    private static readonly (string Words, string Keys)[] Synonyms =
    [
        ("lr eta η rate step-size stepsize", "learning-rate epoch-rate"),
        ("wd lambda λ l2 decay", "weight-decay"),
        ("mu μ beta1 β1 β₁ b1", "momentum"),
        ("beta2 β2 β₂ b2 betas", "second-decay"),
        ("p mod prime", "modulus"),
        ("P samples sample n-samples sequences dataset training-data", "data tasks modulus"),
        ("N n-ctx ctx context-length seq-len sequence-length length block-size pairs", "context"),
        ("D dimension dims n-dims input-dim input-dimension features", "dim"),
        ("H n-heads num-heads", "heads"),
        ("R", "rank"),
        ("L n-layers num-layers depth", "layers"),
        ("d-model n-embd embed-dim hidden-size model-dim", "width"),
        ("d-mlp d-ff mlp mlp-dim hidden-dim", "hidden"),
        ("d-head head-dim", "head-width"),
        ("s random-seed random-state rng", "seed"),
        ("B bs batch-size", "batch data"),
        ("K repeats", "trainings vocabulary"),
        ("ensemble n-seeds num-seeds", "seeds"),
        ("V vocab vocab-size states", "vocabulary"),
        ("alpha α dirichlet", "concentration"),
        ("sigma sigma2 σ σ² noise-variance", "noise"),
        ("omega ω Ω", "task-covariance"),
        ("c", "in-context-fraction"),
        ("f frac train-frac train-fraction", "training-fraction"),
        ("op", "operation"),
        ("opt optim method", "optimizer"),
        ("init-scale weight-scale std", "init"),
        ("T iterations iters n-steps num-steps max-steps epochs n-epochs", "steps epochs until"),
        ("time t-end t-max tmax", "until"),
        ("tol rtol eps epsilon ε", "tolerance"),
        ("eigenvalues eigs covariance λs", "spectrum"),
        ("tr", "trace"),
        ("save save-every ckpt ckpts checkpoint-every", "checkpoints"),
        ("log log-every eval-every record-every", "record"),
        ("corpus", "text"),
        ("M", "order"),
        ("stop target early-stopping patience", "stop-when"),
        ("from init-from load pretrained", "fork weights"),
        ("j jobs n-jobs cores cpus workers num-threads", "threads"),
        ("o output out-dir outdir dir folder", "out"),
        ("continue restart", "resume"),
        ("type", "kind"),
        ("fast", "quick"),
    ];

    /// <summary>What may have happened to a name, the likeliest first.</summary>
    private static readonly Func<string, IReadOnlyCollection<string>, IEnumerable<string>>[] Ways =
    [
        (typed, names) => names.Where(name => name.Equals(typed, StringComparison.OrdinalIgnoreCase)),
        (typed, names) => Synonym(typed, StringComparison.Ordinal).Where(names.Contains),
        (typed, names) => Synonym(typed, StringComparison.OrdinalIgnoreCase).Where(names.Contains),
        (typed, names) => names.Where(name => name.Contains('-') && Initials(name) == typed),
        (typed, names) => typed.Length >= LeastLetters && NearestName.Of(typed, names) is { } nearest ? [nearest] : [],
        (typed, names) => typed.Length >= LeastLetters ? names.Where(name => name.Contains(typed, StringComparison.OrdinalIgnoreCase)) : [],
    ];

    /// <summary>A phrase that proposes what was meant.</summary>
    /// <param name="typed">What was typed, without dashes before it.</param>
    /// <param name="likely">Names that are looked at first: the keys of a kind.</param>
    /// <param name="all">All names.</param>
    /// <param name="show">How a name is shown, such as <c>'--name'</c>.</param>
    /// <param name="otherwise">What is said where nothing is near: where the names stand.</param>
    public static string For(
        string typed, IReadOnlyCollection<string> likely, IReadOnlyCollection<string> all, Func<string, string> show, string otherwise)
    {
        string name = typed.Replace('_', '-');
        IEnumerable<string[]> found = Ways.SelectMany(way => new[] { likely, all }.Select(names => way(name, names).ToArray()));
        return found.FirstOrDefault(meant => meant.Length > 0) is { } meant
            ? $"did you mean {string.Join(" or ", meant.Take(MostNames).Select(show))}?"
            : otherwise;
    }

    private static IEnumerable<string> Synonym(string typed, StringComparison comparison) =>
        Synonyms.Where(synonym => synonym.Words.Split(' ').Any(word => word.Equals(typed, comparison)))
            .SelectMany(synonym => synonym.Keys.Split(' ')).Distinct();

    private static string Initials(string name) => string.Concat(name.Split('-').Select(part => part[0]));
}
