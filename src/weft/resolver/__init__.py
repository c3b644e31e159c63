"""PubGrub over bit masks. Pure: it reads no file and asks no network."""
