using Staircase.Cli;

WideProgram.TakeOver(args);
return Application.Run(args);
