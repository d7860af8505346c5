"""The pages, one file each: every function takes a visit and answers it."""
