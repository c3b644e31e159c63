"""weft: a Python package and project manager.

Owns the public Python API. Importing this package loads nothing else of weft: a command line
that starts in eight milliseconds cannot afford it.
"""

__version__ = "0.1.0"
