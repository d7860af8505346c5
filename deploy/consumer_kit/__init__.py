"""Golden messages in an unkind order: does a reader of a school's events take them all, and act on each once?"""
