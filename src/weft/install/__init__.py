"""Changes an environment."""
