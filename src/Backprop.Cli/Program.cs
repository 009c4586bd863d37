using Backprop.Cli;

using var signals = new Signals();
int code = BackpropCommand.Run(args, Terminal.OfProcess(), signals.Token);
return code == ExitCode.Interrupted ? signals.ExitCode : code;
