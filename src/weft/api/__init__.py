"""The Python API: what `weft` offers to programs.

Owns the way from typed parameters to the verbs of `weft.ops`, and from what they report to values.
Refuses to print, to end the process, and to keep locks after a call has returned. What is public
has a name in `weft` itself; these modules may be arranged anew.
"""
