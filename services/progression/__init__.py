"""Roster, curriculum, marks, pending progressions, runs and the register of certificates: the record of truth."""
