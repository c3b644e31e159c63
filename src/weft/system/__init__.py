"""Files, processes, mounts and locks: the one room that wraps the operating system."""
