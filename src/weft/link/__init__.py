"""How bytes get from a store into an environment."""
