"""The thin plumbing that the services share. It knows no word of the school's."""
