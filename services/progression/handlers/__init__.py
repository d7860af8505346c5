"""Message in, decision, store, message out."""
