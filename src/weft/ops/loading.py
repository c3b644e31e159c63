"""What a resolution and an installation load, loaded at once.

Owns the lists, which are for a process that has to wait for others anyway: an interpreter that
nobody has asked yet, workers that unpack. Refuses to do anything else: whoever needs a module
imports it himself.
"""

# ruff: noqa: F401
from __future__ import annotations


def load_resolving() -> None:
    """What finds an answer, and begins with its wheels."""
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
    from weft.core.digest import new_sha256

    new_sha256()


def load_installing() -> None:
    """What places wheels that are in the store."""
    import weft.install.wheel
    import weft.link.tree
    import weft.ops.placing
    import weft.ops.receipts
    import weft.store.filling
    import weft.store.roots
