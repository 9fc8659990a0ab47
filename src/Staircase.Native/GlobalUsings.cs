global using Staircase.Lab;
