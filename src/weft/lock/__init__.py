"""Lock files: what was resolved once, to be installed anywhere.

Owns their values, reading, checking, choosing for an environment, and writing. Refuses to touch a
file, the network or an environment. Follows PEP 751.
"""
