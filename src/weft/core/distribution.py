"""Distributions in the states they go through.

Owns the values: a file an index offers, a wheel in the store, where a direct one came from, what
is installed. Refuses to fetch, read or install any of them.
Follows PEP 691 for files and
https://packaging.python.org/specifications/direct-url-data-structure/ for `DirectUrl`.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    from weft.core.names import NormalizedName

    DirectKind = Literal["archive", "dir", "vcs"]
    InstalledKind = Literal["dist-info", "egg-info", "egg-link", "distutils"]
    Hashes = tuple[tuple[str, str], ...]


class DirectUrlError(WeftError):
    """A `direct_url.json` is not what PEP 610 says."""


@value
class File:
    """One file that an index offers.

    `hashes` are (algorithm, lower-case hex). `yanked` is None, or the reason ("" without one).
    `upload_time` is epoch seconds. `metadata` is None when no metadata file is advertised, ""
    when one is without hash, else `algorithm=hex`. `index` is the index URL without credentials,
    "" for direct files. `uploaded` is the upload time as the index wrote it, "" for none.
    """

    filename: str
    url: str
    hashes: Hashes = ()
    size: int | None = None
    requires_python: str | None = None
    yanked: str | None = None
    upload_time: int | None = None
    metadata: str | None = None
    index: str = ""
    uploaded: str = ""


@value
class CachedWheel:
    """A wheel in the store: `entry` is the 64 hex digits of its entry, `origin` the origin key."""

    entry: str
    name: NormalizedName
    version: str
    filename: str
    hashes: Hashes = ()
    origin: str = ""


@value
class Vcs:
    """Where a checkout came from: `requested` is the branch, tag or commit asked for.

    `lfs` tells that the large files of Git LFS were fetched; uv records it too.
    """

    system: str
    commit: str
    requested: str | None = None
    lfs: bool = False


@value
class DirectUrl:
    """What `direct_url.json` records; `vcs` is set exactly for kind "vcs".

    With `says_editable` a directory that is not editable says so: uv takes one out of a lock for
    another one where it does not.
    """

    url: str
    kind: DirectKind
    editable: bool = False
    hashes: Hashes = ()
    vcs: Vcs | None = None
    subdirectory: str | None = None
    says_editable: bool = False

    @property
    def shown(self) -> str:
        """One URL with everything that tells sources apart: `git+https://…@commit#subdirectory=`."""
        url = self.url if self.vcs is None else f"{self.vcs.system}+{self.url}@{self.vcs.commit}"
        facts = [f"subdirectory={self.subdirectory}"] if self.subdirectory else []
        if self.vcs is not None and self.vcs.lfs:
            facts.append("lfs=true")
        return f"{url}#{'&'.join(facts)}" if facts else url

    def to_json(self) -> str:
        """Compact JSON, fields in the order of the specification's examples."""
        import json

        record: dict[str, Any] = {"url": self.url}
        if self.kind == "dir":
            says = self.editable or self.says_editable
            record["dir_info"] = {"editable": self.editable} if says else {}
        elif self.vcs is not None:
            info: dict[str, Any] = {"vcs": self.vcs.system}
            if self.vcs.requested is not None:
                info["requested_revision"] = self.vcs.requested
            info["commit_id"] = self.vcs.commit
            if self.vcs.lfs:
                info["git_lfs"] = True
            record["vcs_info"] = info
        else:
            record["archive_info"] = {"hashes": dict(self.hashes)} if self.hashes else {}
        if self.subdirectory is not None:
            record["subdirectory"] = self.subdirectory
        return json.dumps(record, separators=(",", ":"), ensure_ascii=False)

    @staticmethod
    def parse(data: bytes | str) -> DirectUrl:
        """The record of a `direct_url.json`; `DirectUrlError` if it is malformed."""
        import json

        try:
            record = json.loads(data)
        except ValueError as error:
            raise DirectUrlError("`direct_url.json` is not valid JSON") from error
        except RecursionError as error:
            raise DirectUrlError("`direct_url.json` is nested too deeply") from error
        if not isinstance(record, dict) or not isinstance(record.get("url"), str):
            raise DirectUrlError("`direct_url.json` has no `url`")
        subdirectory = record.get("subdirectory")
        if subdirectory is not None and not isinstance(subdirectory, str):
            raise DirectUrlError("`subdirectory` in `direct_url.json` is not a string")
        for kind in ("dir", "vcs", "archive"):
            info = record.get(f"{kind}_info")
            if isinstance(info, dict):
                return _direct_url(record["url"], info, kind=kind, subdirectory=subdirectory)
        raise DirectUrlError(
            "`direct_url.json` has none of `archive_info`, `dir_info` and `vcs_info`"
        )


@value
class InstalledDist:
    """A distribution in an environment.

    `path` is its dist-info directory, egg-info or egg-link; `location` the site-packages it lies
    in. `complete` is false while its installation or removal was interrupted.
    """

    name: NormalizedName
    display_name: str
    version: str
    path: str
    location: str
    kind: InstalledKind
    complete: bool = True


def _direct_url(
    url: str, info: dict[str, Any], *, kind: DirectKind, subdirectory: str | None
) -> DirectUrl:
    if kind == "dir":
        return DirectUrl(url, kind, info.get("editable") is True, subdirectory=subdirectory)
    if kind == "vcs":
        system, commit = info.get("vcs"), info.get("commit_id")
        requested = info.get("requested_revision")
        if not isinstance(system, str) or not isinstance(commit, str):
            raise DirectUrlError("`vcs_info` in `direct_url.json` lacks `vcs` or `commit_id`")
        requested = requested if isinstance(requested, str) else None
        vcs = Vcs(system, commit, requested, info.get("git_lfs") is True)
        return DirectUrl(url, kind, vcs=vcs, subdirectory=subdirectory)
    return DirectUrl(url, kind, hashes=_hashes(info), subdirectory=subdirectory)


def _hashes(info: dict[str, Any]) -> Hashes:
    """`hashes`, or the older `hash: algorithm=hex`."""
    found = info.get("hashes")
    if isinstance(found, dict):
        return tuple([(name, text) for name, text in found.items() if isinstance(text, str)])
    single = info.get("hash")
    if isinstance(single, str) and "=" in single:
        name, _, text = single.partition("=")
        return ((name, text),)
    return ()
