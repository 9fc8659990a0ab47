using Staircase.Cli;

Output.UseUtf8();
return Application.Run(args);
