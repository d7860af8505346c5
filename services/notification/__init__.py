"""One mail for each guardian and certificate version: never before its link works, never after a withdrawal."""
