using Staircase.Cli;

return Application.Run(args);
