"""How weft compares with uv on one machine, in one run. Nothing here is a test."""
