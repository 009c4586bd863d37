namespace Backprop.Cli.Figures;

/// <summary>A pair of axes, and what is drawn between them.</summary>
/// <param name="Title">What it is about.</param>
/// <param name="X">The axis below.</param>
/// <param name="Y">The axis at the left.</param>
/// <param name="Marks">What is drawn, the first at the bottom.</param>
internal sealed record Panel(string Title, Axis X, Axis Y, IReadOnlyList<Mark> Marks);
