"""Print packs: the certificates of a run on sheets of paper, in the order in which they are handed out, as one PDF."""
