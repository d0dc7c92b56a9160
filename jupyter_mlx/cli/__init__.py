"""The command line: ``jupyter mlx …``. Thin: it parses, calls the workbench and prints."""
