namespace Staircase;

/// <summary>How a head would learn its next component if no other head came first; times count from the state it was computed at.</summary>
/// <param name="Head">The head.</param>
/// <param name="Mode">The component.</param>
/// <param name="HalfDrop">When half of the component's loss is gone.</param>
/// <param name="SwitchOff">When the component's drive is used up, as seen by other heads.</param>
/// <param name="Width">How long the drop takes.</param>
/// <param name="Times">Times of the strength table.</param>
/// <param name="Strengths">m_d at those times.</param>
/// <param name="Sign">The sign of the head's value then.</param>
/// <param name="Clock">What the head's clock reads at <paramref name="SwitchOff"/>, full speed assumed from there on.</param>
/// <param name="Margin">How far v² stays from a tangential zero on the way, relative to its start; 1 where v only grows.</param>
internal sealed record HeadEscape(
    int Head, int Mode, double HalfDrop, double SwitchOff, double Width, double[] Times, double[] Strengths,
    int Sign, double Clock, double Margin);
