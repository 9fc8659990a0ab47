namespace Staircase.Lab;

/// <summary>The words that tables, reports and options use, with their formulas.</summary>
public static class Glossary
{
    /// <summary>Every entry, by its word.</summary>
    public static IReadOnlyList<GlossaryEntry> All { get; } =
    [
        .. new GlossaryEntry[]
        {
            new(
                "plateau",
                "A stretch of training in which the loss hardly falls, because the weights pass by a saddle: the components of a "
                + "set S have been learned, and no other has grown yet.",
                "height L(M_S) = L(0) − Σ b_d²/α_d over d ∈ S", ["height"]),
            new(
                "drop",
                "Where the loss leaves a plateau: a component (with merged attention, all of them) grows from small to full. Its "
                + "time is when half of its loss is gone.",
                "loss taken by component d: b_d²/α_d", []),
            new(
                "component",
                "A principal component of the inputs, numbered along the descending spectrum; also: mode.",
                "Λ e_d = λ_d e_d", ["mode", "learned"]),
            new(
                "strength",
                "How much of a component the model has learned; columns m1 … mD of metrics.csv.",
                "m_d = e_dᵀ M e_d, ŷ = βᵀ M x_q", ["m1", "m_d"]),
            new(
                "drive",
                "How hard the data push a component while it is small.",
                "b_d = ⟨sN⟩ λ_d² ω_d", ["b_d"]),
            new(
                "saturation",
                "What stops a component: its full strength is b_d/α_d.",
                "α_d = λ_d³(1 + (1 + tr Λ/λ_d)/N) for N pairs", ["α_d"]),
            new(
                "race",
                "Small heads do not see each other; each grows on its own clock, and the first to escape learns the component "
                + "that dominates in it.",
                "v' ≈ b_d v², so that a head of size w waits about 1/(b_d w)", ["escape", "head"]),
            new(
                "doubt",
                "Why a predicted drop may come at another time, or with another head: a rival that comes nearly as early, a head "
                + "whose value passes near zero, a component learned out of order.",
                "", ["near-tie", "doubtful"]),
            new(
                "ends",
                "When the drop after a plateau is half done, in time of the flow, or in steps where the optimizer follows none.",
                "", []),
            new(
                "time",
                "Time of the gradient flow with τ = 1. A step of gradient descent with learning rate η is 2η of it, of momentum "
                + "μ 2η/(1−μ).",
                "dW/dt = −½ ∂L/∂W", ["τ"]),
            new(
                "step",
                "One update of a discrete optimizer, or of the solver of the flow.",
                "", []),
            new(
                "algorithm",
                "Which regression the model's answers are closest to, on sequences it was not trained on: zero, principal "
                + "component regression with m components, or least squares.",
                "relative MSE = ⟨(ŷ − ŷ_m)²⟩/⟨y²⟩", ["closest-algorithm", "in-context", "relative-mse"]),
            new(
                "deviation",
                "How far the curve predicted from the initial weights alone is from the measured one.",
                "max |L − L_theory| / L(0)", ["|δl|", "largest-deviation"]),
            new(
                "merged",
                "Attention with one matrix for keys and queries: all heads act as one, and all components are learned in one drop.",
                "ŷ = Σ_h V_h X Xᵀ KQ_h x_q / N", []),
            new(
                "separate",
                "Attention with keys and queries of rank R apart: a head learns a component at a time, a staircase.",
                "KQ_h = Σ_r k_{h,r} q_{h,r}ᵀ", ["rank"]),
            new(
                "largest-stable-learning-rate",
                "Gradient descent leaves the minimum above it.",
                "2/μ_max of the Hessian at the minimum", ["stable"]),
            new(
                "grokking",
                "Test accuracy that rises long after the training pairs are known: memorization, circuit formation, clean-up.",
                "", ["memorization", "circuit-formation", "clean-up", "cleanup"]),
            new(
                "key-frequency",
                "A frequency whose neurons carry at least 5 % of the hidden layer's variance: the model adds on the circle with "
                + "waves of these.",
                "cos(2πk(a + b − c)/p)", ["frequency"]),
            new(
                "restricted-loss",
                "The loss when only the waves with key frequencies are left in the logits, over all pairs.",
                "", []),
            new(
                "excluded-loss",
                "The loss when just these are taken out, on the training pairs: it rises when they begin to carry them.",
                "", []),
            new(
                "in-context-score",
                "The loss of late tokens minus that of early ones; negative where context helps.",
                "L(late) − L(early)", ["score"]),
            new(
                "previous-token-score",
                "A head's mean attention to the token before.",
                "", ["previous"]),
            new(
                "prefix-matching-score",
                "A head's mean attention to what followed earlier occurrences of the asking token: an induction head.",
                "", ["prefix", "induction"]),
            new(
                "emergence",
                "Where the in-context score makes 10 to 90 % of its way from what the simpler predictor has to its end.",
                "", []),
            new(
                "lead",
                "By how many steps the slope of a measure runs ahead of the score's.",
                "argmax of their cross-correlation", []),
            new(
                "half-time",
                "When a mode of a vector-valued task has half of its full strength.",
                "a_i(t) = a_i^∞/2", []),
            new(
                "closed-form",
                "The strengths of modes as if contexts were infinitely long and modes did not see each other.",
                "τ_i = 1/(ηP m_i s_i²)", []),
            new(
                "exact-flow",
                "The flow of the expected loss at finite context length, solved numerically.",
                "", []),
            new(
                "monte-carlo-error",
                "How far the mean of the independent trainings is from that of infinitely many: theory nearer than this cannot "
                + "be told from the truth.",
                "standard deviation/√K, root mean square over strengths", ["noise"]),
            new(
                "threshold",
                "What m s of a mode must exceed to be learned at a finite context length.",
                "g_i > θ", []),
            new(
                "false-alarm-rate",
                "How often chance alone would show a change as large as this one somewhere in the series.",
                "", ["transition"]),
            new(
                "weights",
                "One value of all parameters.",
                "", []),
            new(
                "run",
                "A folder with the results of one experiment.",
                "", []),
        },
        .. Measure.All.Select(measure => new GlossaryEntry(
            measure.Name.Replace(' ', '-').ToLowerInvariant(),
            $"A measure, {measure.Symbol}; range {measure.Range}. Source: {measure.Source}.", measure.Formula, [])),
        .. Result.All.Select(result => new GlossaryEntry(
            result.Name, $"{result.Statement} Holds when: {result.HoldsWhen}. Source: {result.Paper.Citation} {result.Where}.", "", [])),
    ];

    /// <summary>An entry by its word, another word for it, or its beginning.</summary>
    /// <exception cref="InputException">There is none; the message names the nearest.</exception>
    public static GlossaryEntry Named(string word)
    {
        string name = Plain(word);
        return All.FirstOrDefault(entry => entry.Word == name)
            ?? All.FirstOrDefault(entry => entry.Also.Any(other => Plain(other) == name))
            ?? (name.Length > 2 ? All.FirstOrDefault(entry => entry.Word.StartsWith(name, StringComparison.Ordinal)) : null)
            ?? All.FirstOrDefault(entry => $"{entry.Word}s" == name)
            ?? throw new InputException(
                $"'{word}' is neither a run folder nor a word that is explained: "
                + KeyHint.For(name, [.. All.Select(entry => entry.Word)], [.. All.SelectMany(entry => entry.Also)], found => $"'{found}'",
                    "see 'staircase explain'."));

        static string Plain(string text) => text.Trim().ToLowerInvariant().Replace(' ', '-').Replace('_', '-');
    }
}

/// <summary>A word and what it means.</summary>
/// <param name="Word">Lower-case, with hyphens.</param>
/// <param name="Meaning">In a sentence or two.</param>
/// <param name="Formula">As plain text; empty where there is none.</param>
/// <param name="Also">Other words for it.</param>
public sealed record GlossaryEntry(string Word, string Meaning, string Formula, IReadOnlyList<string> Also);
