"""Weft beside uv and pip."""
