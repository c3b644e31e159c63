"""Whole commands, run as a person runs them, against a real index on loopback."""
