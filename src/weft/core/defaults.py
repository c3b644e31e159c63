"""Constants that a person may ask about: what weft does when nothing is said.

Owns the addresses of registries and services in the code base. Refuses logic.
Follows the Simple repository API (https://packaging.python.org/specifications/simple-repository-api/).
"""

from __future__ import annotations

DEFAULT_INDEX = "https://pypi.org/simple"
"""The index used without `--default-index`; no trailing slash."""

DEFAULT_UPLOAD = DEFAULT_INDEX.replace("://", "://upload.").removesuffix("simple") + "legacy/"
"""Where `weft publish` uploads to without `--publish-url` and `--index`."""

DEFAULT_OSV = "https://api.osv.dev/"
"""The vulnerability database that `weft audit` asks without `--service-url`."""

OSV_PAGE = "https://osv.dev/vulnerability/"
"""Before an identifier, the page for people about a vulnerability without a reference."""
