"""Everything that runs Laurel: the embedded stack, the demo, the command line."""
