"""Certificates out of layouts and fields: filled into the slots of a warm page, printed together, separated."""
