using Backprop.Benchmarks;
using BenchmarkDotNet.Running;

BenchmarkSwitcher.FromAssembly(typeof(Benchmark).Assembly).Run(args, Benchmark.Config);
