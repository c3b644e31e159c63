"""Where things lie in a store.

Owns the names of the buckets, the format of what is in each, and the keys that places get.
Refuses to touch a disk. Everything is below one root:

    CACHEDIR.TAG   43 bytes, so that backups skip the directory (bford.info/cachedir)
    .gitignore     `*`
    .lock          flock: shared by every command for its whole life, exclusive to clean and prune
    .gate          flock: shared for the moment in which a process says what it uses, exclusive
                   while `prune` asks who uses what
    member         only in members: marshal (format, id, path of the home store)
    <bucket>/…     one directory per constant below

A *member* is the store of another file system (weft.store.members). It has entries, spares and
staging of its own; everything else is kept in the home store.

A format that changes gets a new number in its bucket's name; `prune` removes the old directory.
Marshal data is written in version 4, which every Python that weft runs on reads; whatever cannot
be read counts as absent.
"""

from __future__ import annotations

from weft.core.defaults import DEFAULT_INDEX
from weft.core.digest import short_digest

CACHEDIR_TAG = b"Signature: 8a477f597d28d172789f06886806bc55"
BASE_FILES = (("CACHEDIR.TAG", CACHEDIR_TAG), (".gitignore", b"*"))
LOCK = ".lock"
GATE = ".gate"
MEMBER = "member"
MARSHAL_VERSION = 4

NAME_MAX = 255  # bytes of a file name

TREE = "tree"
MANIFEST = "manifest"


class Bucket:
    """The names of the buckets, which are plain strings."""

    #: Unpacked wheels: `<id[:2]>/<id>/tree/…` holds the files, laid out as in the wheel, and
    #: `<id[:2]>/<id>/manifest` what installing needs (weft.store.manifest). `id` is the entry id
    #: of weft.store.manifest.entry_id, 64 hex digits. Both are staged elsewhere and appear by one
    #: rename, so an entry is complete or absent. An entry is never changed. Manifests hold what
    #: weft.core.metadata packs: who changes that form changes this bucket's number.
    ENTRIES = "entries-v1"

    #: Which wheel is which entry: `<origin key>/<name>/<wheel filename>`, written by rename.
    #: marshal: (entry id, filename, version, hashes ((algorithm, hex), …), bytes of the wheel,
    #: url, fetched in ns, stamp). `stamp` is the state of a local file, else empty.
    WHEELS = "wheels-v1"

    #: Archives of sources (sdists) as they were fetched: `<origin key>/<package>/`, where
    #: `<package>` is the project, or `_` where only the metadata tells it. `<file name>` is a
    #: marshalled record (see weft.store.sources) and `<sha256>.archive` the file that it names.
    SOURCES = "sources-v1"

    #: What was made of sources: `<origin key>/<package>/<variant>-<revision>/`, see
    #: weft.store.built. `<wheel filename>` points to an entry, `metadata` is packed core metadata,
    #: `.lock` is held by whoever builds.
    BUILT = "built-v1"

    #: Clones of Git repositories. Written by weft.fetch.git.
    GIT = "git-v1"

    #: Metadata of wheels that were not fetched whole. Written by weft.index.
    METADATA = "metadata-v1"

    #: Parsed pages of the Simple API. Written by weft.index.
    SIMPLE = "simple-v1"

    #: What interpreters answered when asked about themselves. Written by weft.python.
    INTERPRETERS = "interpreters-v1"

    #: Notes that only save time: about environments, written by weft.install; answers
    #: (weft.fetch.trace); what resolutions read (weft.index.ledger, weft.fetch.outlines);
    #: packages of locks (weft.ops.lock_blocks); what commands came to (weft.install.verdict and
    #: those of weft.ops that use it, such as install_memory).
    INSTALLED = "installed-v1"

    #: Environments that belong to the cache, of scripts, tools and `run --with`: `<name>/`, and
    #: beside it `<name>.lock`, held while it is made or changed, and `<name>.use`, shared (flock)
    #: by what runs in it and as old as the last start. See weft.store.environments.
    ENVIRONMENTS = "environments-v1"

    #: Environments that use entries: `<digest of the path>`, see weft.store.roots.
    ROOTS = "roots-v1"

    #: Where an environment that has symbolic links into the store lies, to find it again after a
    #: move: `<inode>` holds its path. Written by weft.store.roots.
    LINKED = "linked-roots-v1"

    #: The members of the home store: `<digest of the root>`, see weft.store.members.
    MEMBERS = "members-v1"

    #: What living processes use: one locked file each, see weft.store.leases.
    LEASES = "leases-v1"

    #: Work in progress: `.tmp-<random>/`, each locked (flock on the directory itself) by the
    #: process that works in it. What nobody locks was left behind by a killed process.
    STAGING = "staging-v1"

    #: Copies of entries that are linked already, ready to be renamed into an environment:
    #: `<link mode>-<umask>-<user>/<entry id>/`. They only save time; any may go at any moment. See
    #: weft.store.spares for what is in one.
    SPARES = "spares-v2"


BUCKETS = (
    Bucket.ENTRIES,
    Bucket.WHEELS,
    Bucket.SOURCES,
    Bucket.BUILT,
    Bucket.GIT,
    Bucket.METADATA,
    Bucket.SIMPLE,
    Bucket.INTERPRETERS,
    Bucket.INSTALLED,
    Bucket.ENVIRONMENTS,
    Bucket.ROOTS,
    Bucket.LINKED,
    Bucket.MEMBERS,
    Bucket.LEASES,
    Bucket.STAGING,
    Bucket.SPARES,
)
#: What a member has of its own; the other buckets are those of its home.
OWN_BUCKETS = frozenset((Bucket.ENTRIES, Bucket.STAGING, Bucket.SPARES))

#: What origins other than the default index can be.
ORIGIN_KINDS = ("index", "url", "path", "git")


def origin_key(location: str = "", *, kind: str = "index") -> str:
    """The directory of an origin: `pypi`, or `<kind>/<16 hex>` with a kind of ORIGIN_KINDS.

    `location` is a URL without credentials or an absolute path; empty means the default index.
    """
    location = location.rstrip("/")
    if kind == "index" and location in ("", DEFAULT_INDEX):
        return "pypi"
    return f"{kind}/{short_digest(location)}"
