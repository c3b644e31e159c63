"""Words in, exit code out; the only owner of stdout and stderr."""
