namespace Backprop.Tests;

/// <summary>Runs the golden cases of losses.</summary>
internal static class GoldenLosses
{
    public static void Loss(GoldenCase golden)
    {
        Reduction reduction = Enum.Parse<Reduction>(golden.Attribute<string>("reduction"), ignoreCase: true);
        int ignored = golden.Attribute("ignore_index", -100);
        GoldenRun.AssertAgrees(golden, inputs =>
        {
            Tensor x = inputs["input"], t = inputs["target"];
            Tensor? weight = inputs.GetValueOrDefault("weight"), positive = inputs.GetValueOrDefault("pos_weight");
            return golden.Attribute<string>("op") switch
            {
                "mse" => Losses.Mse(x, t, reduction),
                "l1" => Losses.L1(x, t, reduction),
                "smooth_l1" => Losses.SmoothL1(x, t, golden.Attribute<double>("beta"), reduction),
                "huber" => Losses.Huber(x, t, golden.Attribute<double>("delta"), reduction),
                "cross_entropy" => Losses.CrossEntropy(x, t, weight, ignored, golden.Attribute("label_smoothing", 0.0), reduction),
                "nll" => Losses.Nll(x, t, weight, ignored, reduction),
                "bce" => Losses.Bce(x, t, weight, reduction),
                "bce_with_logits" => Losses.BceWithLogits(x, t, weight, positive, reduction),
                "kl_div" => Losses.KlDiv(x, t, golden.Attribute("log_target", false), reduction),
                string op => throw new NotSupportedException(op),
            };
        });
    }
}
