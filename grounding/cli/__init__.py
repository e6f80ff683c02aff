"""The command line: `grounding`. Heavy libraries are loaded by the commands that need them."""
