"""What breaks: one file for each kind of fault."""
