"""Interpreters and environments."""
