"""The Simple repository API: from a project's name to its files."""
