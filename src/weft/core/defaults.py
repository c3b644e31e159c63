"""Constants that a person may ask about: what weft does when nothing is said.

Owns the one registry address in the code base. Refuses logic.
Follows the Simple repository API (https://packaging.python.org/specifications/simple-repository-api/).
"""

from __future__ import annotations

DEFAULT_INDEX = "https://pypi.org/simple"
"""The index used without `--default-index`; no trailing slash."""

DEFAULT_UPLOAD = DEFAULT_INDEX.replace("://", "://upload.").removesuffix("simple") + "legacy/"
"""Where `weft publish` uploads to without `--publish-url` and `--index`."""
