namespace Backprop.Cli.Screen;

/// <summary>A curve that is measured point by point, and keeps no more than a thousand: where there are more, each stands for the mean of several.</summary>
internal sealed class LossCurve
{
    private const int Most = 1024;

    private readonly List<(double X, double Y)> _points = [];
    private double _sumX, _sumY;
    private int _pending, _each = 1; // so many measurements make a point

    public IReadOnlyList<(double X, double Y)> Points => _points;

    /// <summary>Adds a measurement; one that is not finite is left out.</summary>
    public void Add(double x, double y)
    {
        if (!double.IsFinite(y)) return;
        (_sumX, _sumY) = (_sumX + x, _sumY + y);
        if (++_pending < _each) return;
        _points.Add((_sumX / _pending, _sumY / _pending));
        (_sumX, _sumY, _pending) = (0, 0, 0);
        if (_points.Count < Most) return;
        for (int i = 0; i < Most / 2; i++)
        {
            ((double x0, double y0), (double x1, double y1)) = (_points[2 * i], _points[2 * i + 1]);
            _points[i] = ((x0 + x1) / 2, (y0 + y1) / 2);
        }
        _points.RemoveRange(Most / 2, Most / 2);
        _each *= 2;
    }
}
