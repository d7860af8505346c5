"""The local inbox: takes every mail of the stack, keeps it as a file, shows it in the browser, sends nothing on."""
