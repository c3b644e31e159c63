"""Gets metadata and wheels of distributions."""
