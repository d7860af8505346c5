"""`make bench`: how fast, how small and how steady Laurel's rendering is, against the loop that anybody would write."""
