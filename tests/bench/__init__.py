"""`make bench`: how fast, how small and how steady Laurel is, against the loops that anybody would write."""
