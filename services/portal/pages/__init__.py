"""The pages that the public sees."""
