global using static Staircase.Lab.InputException;
global using static Staircase.Lab.NumberText;
global using static Staircase.Lab.Sources;
