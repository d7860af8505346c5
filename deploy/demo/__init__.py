"""The demo school, as data, and the walk through the main job with it."""
