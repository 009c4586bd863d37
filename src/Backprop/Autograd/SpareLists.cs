namespace Backprop;

/// <summary>Lists of tensors that a thread's consumed graphs have left for its next one. They are empty, so they keep nothing alive.</summary>
internal static class SpareLists
{
    private const int Most = 1024; // lists, of some hundred bytes: a thread may consume graphs that others have recorded

    [ThreadStatic]
    private static Stack<List<Tensor>>? s_spare;

    public static List<Tensor> Take() => s_spare is not null && s_spare.TryPop(out List<Tensor>? list) ? list : new List<Tensor>(3);

    /// <summary>Empties the list for another, and forgets where it was.</summary>
    public static void GiveBack(ref List<Tensor>? list)
    {
        if (list is null) return;
        list.Clear();
        s_spare ??= new Stack<List<Tensor>>();
        if (s_spare.Count < Most) s_spare.Push(list);
        list = null;
    }
}
