"""Constants that a person may ask about: what weft does when nothing is said.

Owns the addresses of registries and services in the code base. Refuses logic.
Follows the Simple repository API (https://packaging.python.org/specifications/simple-repository-api/).
"""

from __future__ import annotations

DEFAULT_INDEX = "https://pypi.org/simple"
"""The index used without `--default-index`; no trailing slash."""

UV_BUILD = "uv_build>=0.13.0,<0.14.0"
"""What new projects are built with. uv's lower bound is its own version, of which indexes may not
have the back end: any release of the series makes the same of these projects."""

DEFAULT_UPLOAD = DEFAULT_INDEX.replace("://", "://upload.").removesuffix("simple") + "legacy/"
"""Where `weft publish` uploads to without `--publish-url` and `--index`."""

DEFAULT_OSV = "https://api.osv.dev/"
"""The vulnerability database that `weft audit` asks without `--service-url`."""

OSV_PAGE = "https://osv.dev/vulnerability/"
"""Before an identifier, the page for people about a vulnerability without a reference."""
