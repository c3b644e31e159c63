"""Vocabulary that every room speaks. No I/O; imports nothing of weft but itself."""
