using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary><c>y = x + number</c>; slope 1.</summary>
internal readonly struct AddNumberRule(double number) : IUnaryRule
{
    public string Formula => $"y = x {(number < 0 ? "−" : "+")} {OperationFormula.Text(Math.Abs(number))}";
    public string Derivative => "1";
    public Saves Saves => Saves.Nothing;
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => x + VectorMath.Constant<T>(number);
    public Vector<T> Slope<T>(Vector<T> saved) where T : unmanaged, IFloatingPointIeee754<T> => Vector<T>.One;
}

/// <summary><c>y = number − x</c>; slope −1.</summary>
internal readonly struct SubtractFromNumberRule(double number) : IUnaryRule
{
    public string Formula => $"y = {OperationFormula.Text(number)} − x";
    public string Derivative => "−1";
    public Saves Saves => Saves.Nothing;
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Constant<T>(number) - x;
    public Vector<T> Slope<T>(Vector<T> saved) where T : unmanaged, IFloatingPointIeee754<T> => -Vector<T>.One;
}

/// <summary><c>y = −x</c>; slope −1.</summary>
internal readonly struct NegateRule : IUnaryRule
{
    public string Formula => "y = −x";
    public string Derivative => "−1";
    public Saves Saves => Saves.Nothing;
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => -x;
    public Vector<T> Slope<T>(Vector<T> saved) where T : unmanaged, IFloatingPointIeee754<T> => -Vector<T>.One;
}

/// <summary><c>y = number · x</c>; slope number.</summary>
internal readonly struct MultiplyByNumberRule(double number) : IUnaryRule
{
    public string Formula => $"y = {OperationFormula.Text(number)} · x";
    public string Derivative => OperationFormula.Text(number);
    public Saves Saves => Saves.Nothing;
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => x * T.CreateTruncating(number);
    public Vector<T> Slope<T>(Vector<T> saved) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Constant<T>(number);
}

/// <summary><c>y = x / number</c>; slope <c>1 / number</c>.</summary>
internal readonly struct DivideByNumberRule(double number) : IUnaryRule
{
    public string Formula => $"y = x / {OperationFormula.Text(number)}";
    public string Derivative => $"1 / {OperationFormula.Text(number)}";
    public Saves Saves => Saves.Nothing;
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => x / VectorMath.Constant<T>(number);
    public Vector<T> Slope<T>(Vector<T> saved) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Constant<T>(1 / number);
}

/// <summary><c>y = number / x</c>; slope <c>−number / x² = −y / x</c>.</summary>
internal readonly struct DivideNumberRule(double number) : IUnaryRule
{
    public string Formula => $"y = {OperationFormula.Text(number)} / x";
    public string Derivative => $"{OperationFormula.Text(-number)} / x²";
    public Saves Saves => Saves.Input;
    public Vector<T> Value<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Constant<T>(number) / x;
    public Vector<T> Slope<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => -(Value(x) / x);
}
