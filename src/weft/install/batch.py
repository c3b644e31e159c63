"""What is known of wheels that were installed together before.

Owns the sheet of such a batch: the outline of each wheel, and that no two of them bring the same
file. Both follow from what the entries are, and from how an environment is laid out, so a sheet
holds as long as there are such entries. Refuses to say anything of one environment.

`installed-v1/batch-<digest of layout and entries>` is marshal: (format, ((entry, outline), …)). It
is one of the notes that only save time.
"""

from __future__ import annotations

import marshal

from weft.core.digest import sha256_hex
from weft.store.layout import MARSHAL_VERSION, Bucket
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from weft.install.target import Target
    from weft.store.manifest import Manifest
    from weft.store.outline import Outline
    from weft.store.store import Store

_FORMAT = 2


def _key(target: Target, entries: Iterable[str]) -> str:
    """Two targets that are laid out alike have the same sheets."""
    directories = (target.purelib, target.platlib, target.scripts, target.headers, target.data)
    layout = [os.path.relpath(directory, target.prefix) for directory in directories]
    text = "\0".join([f"{_FORMAT}", target.version, *layout, *sorted(entries)])
    return f"batch-{sha256_hex(os.fsencode(text))[:32]}"


def recall(store: Store, target: Target, entries: Collection[str]) -> dict[str, Outline] | None:
    """Outlines by entry; None where these are not known to go together. Raises SystemFailure."""
    data = store.read(Bucket.INSTALLED, _key(target, entries))
    if data is None:
        return None
    try:
        form, rows = marshal.loads(data)
        known = dict(rows)
    except (EOFError, TypeError, ValueError):
        return None
    return known if form == _FORMAT and known.keys() == set(entries) else None


def remember(
    store: Store,
    target: Target,
    names: Mapping[str, str],
    manifest: Callable[[str], Manifest],
    *,
    locked: bool = False,
) -> None:
    """Keep the sheet of entries, unless it is there, or they do not go together.

    `names` are the projects by entry. `locked` says that the caller holds the store; else who
    wants it alone does not wait, and one that is gone does not come back. Raises WeftError where an
    entry is gone or the sheet cannot be written.
    """
    key = _key(target, names)
    if os.path.exists(store.path(Bucket.INSTALLED, key)):
        return
    from weft.install.clashes import are_apart
    from weft.install.layout import Layout
    from weft.store.outline import outline_of

    layouts = {entry: Layout(target, names[entry], manifest(entry)) for entry in sorted(names)}
    if not are_apart(target, list(layouts.values())):
        return
    rows = tuple([(entry, outline_of(each.manifest)) for entry, each in layouts.items()])
    sheet = marshal.dumps((_FORMAT, rows), MARSHAL_VERSION)
    if locked:
        store.write(Bucket.INSTALLED, key, sheet)
    elif store.lock_shared(blocking=False):
        try:
            if store.find_entry(rows[0][0]):
                store.write(Bucket.INSTALLED, key, sheet)
        finally:
            store.close()
