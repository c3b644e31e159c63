"""Package indexes: asking them, and remembering what they said."""
