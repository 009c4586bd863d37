using System.Globalization;
using Backprop.Examples;

// dotnet run -c Release --project examples -- NAME [--data DIR] [--seed N]
Demo? demo = Demos.All.FirstOrDefault(demo => args.Length > 0 && demo.Name == args[0]);
if (demo is null || args.Length % 2 == 0)
{
    Console.Error.WriteLine("Give the name of a demo:");
    foreach (Demo known in Demos.All) Console.Error.WriteLine($"  {known.Name,-18}{known.Summary}");
    return 2;
}

var options = new DemoOptions();
for (int i = 1; i < args.Length; i += 2)
{
    if (args[i] == "--data" && demo.TakesData)
    {
        options = options with { DataFolder = args[i + 1] };
    }
    else if (args[i] == "--seed" && demo.TakesSeed && long.TryParse(args[i + 1], CultureInfo.InvariantCulture, out long seed))
    {
        options = options with { Seed = seed };
    }
    else
    {
        Console.Error.WriteLine($"{demo.Name} does not take {args[i]} {args[i + 1]}.");
        return 2;
    }
}
demo.Run(Console.Out, options);
return 0;
