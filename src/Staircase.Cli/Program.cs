using Staircase.Cli;

WideProgram.TakeOver(args);
Output.UseUtf8();
return Application.Run(args);
