"""What is cached, where, since when, and used by whom."""
