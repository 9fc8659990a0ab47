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

    private const string ExactDynamics = "Exact Learning Dynamics of In-Context Learning in Linear Transformers "
        + "and Its Application to Non-Linear Transformers";

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
    public static Paper Mainali2025 { get; } = new(
        "mainali2025exact",
        $"Mainali, Teixeira. {ExactDynamics}. arXiv:2504.12916, 2025.",
        $$"""
        @misc{mainali2025exact,
          title         = {{{ExactDynamics}}},
          author        = {Mainali, Nischal and Teixeira, Lucas},
          year          = {2025},
          eprint        = {2504.12916},
          archivePrefix = {arXiv},
          primaryClass  = {cs.LG}
        }
        """);

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

    /// <summary>The gradient-flow solver's stabilized method.</summary>
    public static Paper Sommeijer1997 { get; } = new(
        "sommeijer1997rkc",
        "Sommeijer, Shampine, Verwer. RKC: An explicit solver for parabolic PDEs. J. Comput. Appl. Math. 88, 1997.",
        """
        @article{sommeijer1997rkc,
          title   = {{RKC}: An explicit solver for parabolic {PDEs}},
          author  = {Sommeijer, Ben P. and Shampine, Lawrence F. and Verwer, Jan G.},
          journal = {Journal of Computational and Applied Mathematics},
          volume  = {88},
          number  = {2},
          pages   = {315--326},
          year    = {1997}
        }
        """);

    /// <summary>Contexts from a mixture of regressions.</summary>
    public static Paper Jin2024 { get; } = new(
        "jin2024provable",
        "Jin, Balasubramanian, Lai. Provable In-Context Learning for Mixture of Linear Regressions using Transformers. arXiv:2410.14183, "
        + "2024.",
        """
        @misc{jin2024provable,
          title         = {Provable In-Context Learning for Mixture of Linear Regressions using Transformers},
          author        = {Jin, Yanhao and Balasubramanian, Krishnakumar and Lai, Lifeng},
          year          = {2024},
          eprint        = {2410.14183},
          archivePrefix = {arXiv}
        }
        """);

    /// <summary>A linear transformer under a large learning rate.</summary>
    public static Paper Balasubramanian2026 { get; } = new(
        "balasubramanian2026large",
        "Balasubramanian. Large-Step Training Dynamics of a Two-Factor Linear Transformer Model. arXiv:2605.21292, 2026.",
        """
        @misc{balasubramanian2026large,
          title         = {Large-Step Training Dynamics of a Two-Factor Linear Transformer Model},
          author        = {Balasubramanian, Krishnakumar},
          year          = {2026},
          eprint        = {2605.21292},
          archivePrefix = {arXiv},
          primaryClass  = {stat.ML}
        }
        """);

    /// <summary>The reduced dynamics of softmax heads.</summary>
    public static Paper He2025 { get; } = new(
        "he2025context",
        "He, Pan, Chen, Yang. In-Context Linear Regression Demystified: Training Dynamics and Mechanistic Interpretability of "
        + "Multi-Head Softmax Attention. ICML 2025, arXiv:2503.12734.",
        """
        @misc{he2025context,
          title         = {In-Context Linear Regression Demystified: Training Dynamics and Mechanistic Interpretability of
                           Multi-Head Softmax Attention},
          author        = {He, Jianliang and Pan, Xintian and Chen, Siyu and Yang, Zhuoran},
          year          = {2025},
          eprint        = {2503.12734},
          archivePrefix = {arXiv}
        }
        """);

    /// <summary>Attacks on contexts.</summary>
    public static Paper Anwar2024 { get; } = new(
        "anwar2024adversarial",
        "Anwar, von Oswald, Kirsch, Krueger, Frei. Understanding In-Context Learning of Linear Models in Transformers Through "
        + "an Adversarial Lens. arXiv:2411.05189, 2024.",
        """
        @misc{anwar2024adversarial,
          title         = {Understanding In-Context Learning of Linear Models in Transformers Through an Adversarial Lens},
          author        = {Anwar, Usman and von Oswald, Johannes and Kirsch, Louis and Krueger, David and Frei, Spencer},
          year          = {2024},
          eprint        = {2411.05189},
          archivePrefix = {arXiv}
        }
        """);

    /// <summary>Linear systems in context, and what diversity of tasks buys.</summary>
    public static Paper Cole2024 { get; } = new(
        "cole2024systems",
        "Cole, Lu, Xu, Zhang. In-Context Learning of Linear Systems: Generalization Theory and Applications to Operator "
        + "Learning. arXiv:2409.12293, 2024.",
        """
        @misc{cole2024systems,
          title         = {In-Context Learning of Linear Systems: Generalization Theory and Applications to Operator Learning},
          author        = {Cole, Frank and Lu, Yulong and Xu, Wuzhe and Zhang, Tianhao},
          year          = {2024},
          eprint        = {2409.12293},
          archivePrefix = {arXiv}
        }
        """);

    /// <summary>Temporal-difference learning in the forward pass.</summary>
    public static Paper Xie2026 { get; } = new(
        "xie2026softmax",
        "Xie, Liu, Chen, Liu, Chandra, Zhang. Beyond Linear Attention: Softmax Transformers Implement In-Context Reinforcement "
        + "Learning. arXiv:2605.07333, 2026.",
        """
        @misc{xie2026softmax,
          title         = {Beyond Linear Attention: Softmax Transformers Implement In-Context Reinforcement Learning},
          author        = {Xie, Zixuan and Liu, Xinyu and Chen, Claire and Liu, Shuze Daniel and Chandra, Rohan and Zhang, Shangtong},
          year          = {2026},
          eprint        = {2605.07333},
          archivePrefix = {arXiv}
        }
        """);

    /// <summary>Ridge regression or memory: the diversity of tasks decides.</summary>
    public static Paper Raventos2023 { get; } = new(
        "raventos2023pretraining",
        "Raventós, Paul, Chen, Ganguli. Pretraining task diversity and the emergence of non-Bayesian in-context learning for "
        + "regression. NeurIPS 2023, arXiv:2306.15063.",
        """
        @misc{raventos2023pretraining,
          title         = {Pretraining task diversity and the emergence of non-Bayesian in-context learning for regression},
          author        = {Ravent{\'o}s, Allan and Paul, Mansheej and Chen, Feng and Ganguli, Surya},
          year          = {2023},
          eprint        = {2306.15063},
          archivePrefix = {arXiv}
        }
        """);

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
}
