return; // the worker calls the engine: by itself the program does nothing
