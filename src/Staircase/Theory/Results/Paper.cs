namespace Staircase;

/// <summary>A publication, with what a bibliography needs.</summary>
/// <param name="Key">The BibTeX key.</param>
/// <param name="Citation">Authors, title, place and year in one line.</param>
/// <param name="BibTeX">The entry.</param>
public sealed record Paper(string Key, string Citation, string BibTeX)
{
    /// <summary>Authors, or the first of many, and year: Balasubramanian 2026.</summary>
    public string ShortName
    {
        get
        {
            string[] authors = Citation.Split('.')[0].Split(", ");
            string year = new([.. Key.Where(char.IsAsciiDigit)]);
            return $"{(authors.Length > 3 ? $"{authors[0]} et al." : string.Join(", ", authors))} {year}";
        }
    }

    /// <summary>Linear attention's training dynamics: the drop, the staircase, the race.</summary>
    public static Paper Zhang2025 { get; } = new(
        "zhang2025training",
        "Zhang, Singh, Latham, Saxe. Training Dynamics of In-Context Learning in Linear Attention. ICML 2025, arXiv:2501.16265.",
        """
        @inproceedings{zhang2025training,
          title     = {Training Dynamics of In-Context Learning in Linear Attention},
          author    = {Zhang, Yedi and Singh, Aaditya K. and Latham, Peter E. and Saxe, Andrew},
          booktitle = {International Conference on Machine Learning},
          year      = {2025},
          note      = {arXiv:2501.16265}
        }
        """);

    /// <summary>Vector-valued tasks: modes that are learned one after another, in closed form.</summary>
    public static Paper Mainali2025 { get; } = ArXiv(
        "mainali2025exact", "Mainali, Teixeira",
        "Exact Learning Dynamics of In-Context Learning in Linear Transformers and Its Application to Non-Linear Transformers",
        "Mainali, Nischal and Teixeira, Lucas", 2025, "2504.12916", area: "cs.LG");

    /// <summary>Modular addition by Fourier waves, and measures of the way there.</summary>
    public static Paper Nanda2023 { get; } = new(
        "nanda2023progress",
        "Nanda, Chan, Lieberum, Smith, Steinhardt. Progress measures for grokking via mechanistic interpretability. ICLR 2023, "
        + "arXiv:2301.05217.",
        """
        @inproceedings{nanda2023progress,
          title     = {Progress measures for grokking via mechanistic interpretability},
          author    = {Nanda, Neel and Chan, Lawrence and Lieberum, Tom and Smith, Jess and Steinhardt, Jacob},
          booktitle = {International Conference on Learning Representations},
          year      = {2023},
          note      = {arXiv:2301.05217}
        }
        """);

    /// <summary>In-context learning of Markov chains: from frequencies to transitions, at once.</summary>
    public static Paper Edelman2024 { get; } = new(
        "edelman2024evolution",
        "Edelman, Tsilivis, Edelman, Malach, Goel. The Evolution of Statistical Induction Heads: In-Context Learning Markov Chains. "
        + "NeurIPS 2024, arXiv:2402.11004.",
        """
        @inproceedings{edelman2024evolution,
          title     = {The Evolution of Statistical Induction Heads: In-Context Learning {Markov} Chains},
          author    = {Edelman, Ezra and Tsilivis, Nikolaos and Edelman, Benjamin L. and Malach, Eran and Goel, Surbhi},
          booktitle = {Advances in Neural Information Processing Systems},
          year      = {2024},
          note      = {arXiv:2402.11004}
        }
        """);

    /// <summary>A linear transformer under a large learning rate.</summary>
    public static Paper Balasubramanian2026 { get; } = ArXiv(
        "balasubramanian2026large", "Balasubramanian",
        "Large-Step Training Dynamics of a Two-Factor Linear Transformer Model",
        "Balasubramanian, Krishnakumar", 2026, "2605.21292", area: "stat.ML");

    /// <summary>The reduced dynamics of softmax heads.</summary>
    public static Paper He2025 { get; } = ArXiv(
        "he2025context", "He, Pan, Chen, Yang",
        "In-Context Linear Regression Demystified: Training Dynamics and Mechanistic Interpretability of Multi-Head Softmax Attention",
        "He, Jianliang and Pan, Xintian and Chen, Siyu and Yang, Zhuoran", 2025, "2503.12734", venue: "ICML");

    /// <summary>Attacks on contexts.</summary>
    public static Paper Anwar2024 { get; } = ArXiv(
        "anwar2024adversarial", "Anwar, von Oswald, Kirsch, Krueger, Frei",
        "Understanding In-Context Learning of Linear Models in Transformers Through an Adversarial Lens",
        "Anwar, Usman and von Oswald, Johannes and Kirsch, Louis and Krueger, David and Frei, Spencer", 2024, "2411.05189");

    /// <summary>Linear systems in context, and what diversity of tasks buys.</summary>
    public static Paper Cole2024 { get; } = ArXiv(
        "cole2024systems", "Cole, Lu, Xu, Zhang",
        "In-Context Learning of Linear Systems: Generalization Theory and Applications to Operator Learning",
        "Cole, Frank and Lu, Yulong and Xu, Wuzhe and Zhang, Tianhao", 2024, "2409.12293");

    /// <summary>Temporal-difference learning in the forward pass.</summary>
    public static Paper Xie2026 { get; } = ArXiv(
        "xie2026softmax", "Xie, Liu, Chen, Liu, Chandra, Zhang",
        "Beyond Linear Attention: Softmax Transformers Implement In-Context Reinforcement Learning",
        "Xie, Zixuan and Liu, Xinyu and Chen, Claire and Liu, Shuze Daniel and Chandra, Rohan and Zhang, Shangtong", 2026, "2605.07333");

    /// <summary>Ridge regression or memory: the diversity of tasks decides.</summary>
    public static Paper Raventos2023 { get; } = ArXiv(
        "raventos2023pretraining", "Raventós, Paul, Chen, Ganguli",
        "Pretraining task diversity and the emergence of non-Bayesian in-context learning for regression",
        "Ravent{\\'o}s, Allan and Paul, Mansheej and Chen, Feng and Ganguli, Surya", 2023, "2306.15063", venue: "NeurIPS");

    /// <summary>This program, for what goes beyond the papers.</summary>
    public static Paper Staircase { get; } = new(
        "staircase",
        "Staircase: a laboratory for the learning dynamics of in-context learning. Software.",
        """
        @software{staircase,
          title  = {Staircase: a laboratory for the learning dynamics of in-context learning},
          author = {{The Staircase authors}},
          year   = {2026}
        }
        """);

    /// <summary>A paper that is on arXiv: every part of it is written once.</summary>
    private static Paper ArXiv(
        string key, string names, string title, string authors, int year, string number, string? venue = null, string? area = null) =>
        new(key, $"{names}. {title}. {(venue is null ? $"arXiv:{number}, {year}" : $"{venue} {year}, arXiv:{number}")}.",
            $$"""
            @misc{{{key}},
              title         = {{{title}}},
              author        = {{{authors}}},
              year          = {{{year}}},
              eprint        = {{{number}}},
              archivePrefix = {arXiv}{{(area is null ? "" : $",\n  primaryClass  = {{{area}}}")}}
            }
            """);
}
