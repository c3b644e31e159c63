"""What a resolution and its downloads load, loaded at once.

Owns the list, which is for a process that has to wait for another one anyway: an interpreter that
nobody has asked yet. Refuses to do anything else: whoever needs a module imports it himself.
"""

# ruff: noqa: F401
from __future__ import annotations


def load() -> None:
    """Import all of it."""
    import json
    import urllib.parse

    import weft.core.specifier_parser
    import weft.fetch.held
    import weft.fetch.local
    import weft.fetch.prepare
    import weft.index.auth
    import weft.index.flat
    import weft.index.ledger
    import weft.index.metadata
    import weft.index.simple.packing
    import weft.index.simple.page
    import weft.index.transport
    import weft.install.target
    import weft.ops.asking
    import weft.ops.building
    import weft.ops.cutoffs
    import weft.ops.gathering
    import weft.ops.places
    import weft.ops.resolving
    import weft.python.installed
    import weft.resolver.provider
    import weft.resolver.resolution
    import weft.store.adding
    import weft.store.leases
    import weft.store.members
    import weft.store.pointers
    import weft.system.crew
