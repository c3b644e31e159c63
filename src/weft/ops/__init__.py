"""One verb, one function; the only room that wires the others together."""
