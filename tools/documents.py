"""What commands write as JSON: the facts.

Owns one document for each command, in a short form: the name of a simple type of JSON; the same
with `?`, where it can be null; a list of one type; a tuple of texts, which are the possible values;
`Map`; `OneOf`; `Nullable`; or a dict from fields to pairs of type and meaning, where a field that
ends with `?` may be missing. Refuses guesses: a test runs every command here and compares its
output, in which no field may be missing and none be unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Map:
    """An object whose keys are data; `key` says what they are."""

    key: str
    values: Any


@dataclass(frozen=True)
class OneOf:
    """One of several types."""

    types: tuple[Any, ...]


@dataclass(frozen=True)
class Nullable:
    """A type or null."""

    type: Any


@dataclass(frozen=True)
class Document:
    """What one command writes: how to ask for it, what it is, and its type."""

    words: str
    told: str
    type: Any


_PREVIEW = (
    {"version": (("preview",), "`preview`: fields may still change")},
    "The version of this form",
)
_MOUNT = Nullable(
    {
        "point": ("string", "Where it is mounted"),
        "fstype": ("string", "The kind of file system, such as `ext4`"),
        "device": ("string?", "Its number, `MAJOR:MINOR`; null where it is not mounted"),
        "source": ("string?", "What is mounted, such as `/dev/sda1`; null where it is not"),
    }
)
_RECEIPT_MOUNT = Nullable(
    {
        "mount": ("string", "Where it is mounted"),
        "fstype": ("string", "The kind of file system"),
        "source": ("string", "What is mounted"),
        "device": ("string", "Its number, `MAJOR:MINOR`"),
    }
)
_MODES = ("clone", "hardlink", "symlink", "copy")
_ABILITIES = Nullable(
    {
        "clone": ("boolean", "Whether files can share their blocks"),
        "hardlink": ("boolean", "Whether a file can have several names"),
        "symlink": ("boolean", "Whether there are symbolic links"),
        "lock": ("boolean", "Whether files can be locked"),
        "case_sensitive": ("boolean", "Whether `a` and `A` are two names"),
        "link_limit": ("integer", "How many names a file can have, 0 where nothing tells"),
        "free_bytes": ("integer", "Bytes that this user can still write"),
    }
)
_STATES = ("home", "mounted", "absent")
_VERSION = {
    "package_name": ("string?", "The package"),
    "version": ("string", "Its version"),
    "commit_info": ("null", "Always null; the field is uv's"),
}
_CHANGES = [
    {
        "name": ("string", "The package"),
        "version": ("string", "Its version"),
        "action": (("installed", "uninstalled", "reinstalled"), "What happened to it"),
    }
]
_IDS = [{"name": ("string", "The extra or group"), "id": ("string", "Its node")}]
_FILE = {
    "url?": ("string", "Where it is"),
    "path?": ("string", "Where it is, on this machine"),
    "hashes?": (Map("algorithm", "string"), "Its digests in hexadecimal"),
    "size?": ("integer", "Its bytes"),
    "upload_time?": ("string", "When it was uploaded"),
}
_NODE = {
    "name?": ("string", "The package; not in nodes of a workspace or script"),
    "version?": ("string", "Its version, where that is known"),
    "source?": (
        OneOf(
            (
                {
                    "registry": (
                        {
                            "url?": ("string", "Its address"),
                            "path?": ("string", "Its directory"),
                        },
                        "The index that it is from",
                    )
                },
                {
                    "url": ("string", "The address that it is from"),
                    "subdirectory": ("string?", "The directory in the archive"),
                },
                {"git": ("string", "The repository and the commit")},
                {"path": ("string", "The archive")},
                {"directory": ("string", "The project's directory")},
                {"editable": ("string", "The project's directory")},
                {"virtual": ("string", "The directory of a project that is not installed")},
            )
        ),
        "Where it is from",
    ),
    "kind": (
        OneOf(
            (
                ("package", "workspace", "script"),
                {"extra": ("string", "The extra that this node is for")},
                {"group": ("string", "The dependency group that this node is for")},
            )
        ),
        "What the node stands for",
    ),
    "path?": ("string", "The directory of a workspace, the file of a script"),
    "dependencies": (
        [
            {
                "id": ("string", "The node that it needs"),
                "marker?": ("string", "Where; everywhere without it"),
            }
        ],
        "What it needs",
    ),
    "optional_dependencies?": (_IDS, "The nodes of its extras"),
    "dependency_groups?": (_IDS, "The nodes of its groups"),
}
_GRAPH_HEAD = {
    "schema": _PREVIEW,
    "workspace_root": ("string", "The directory of the lock"),
    "workspace?": (
        {"path": ("string", "The same"), "id": ("string", "Its node")},
        "The workspace; not for a script",
    ),
    "script?": (
        {"path": ("string", "The file"), "id": ("string", "Its node")},
        "The script, where the lock is a script's",
    ),
}
_MEMBERS = [
    {
        "name": ("string", "The member"),
        "path": ("string", "Its directory"),
        "id": ("string", "Its node"),
    }
]
_WHEELS = [{**_FILE, "filename": ("string", "The name of the file")}]
_AUDITED = {
    "summary": (
        {
            "audited_packages": ("integer", "How many packages were looked up"),
            "vulnerabilities": ("integer", "How many are known"),
            "adverse_statuses": ("integer", "How many packages their index warns of"),
        },
        "The figures",
    ),
    "vulnerabilities": (
        [
            {
                "dependency": (
                    {
                        "name": ("string", "The package"),
                        "version": ("string", "Its version"),
                    },
                    "What is vulnerable",
                ),
                "id": ("string", "The identifier in the database"),
                "display_id": ("string", "The best known of its identifiers"),
                "aliases": (["string"], "The other ones"),
                "summary": ("string?", "One sentence"),
                "description": ("string?", "The whole story, in Markdown"),
                "link": ("string?", "Where to read on"),
                "fix_versions": (["string"], "The versions that are not vulnerable any more"),
                "published": ("string?", "When it became known"),
                "modified": ("string?", "When the record was last changed"),
            }
        ],
        "What is known",
    ),
    "adverse_statuses": (
        [
            {
                "name": ("string", "The package"),
                "status": ("string", "`archived`, `deprecated` or `quarantined`"),
                "reason": ("string?", "What its index says of it"),
            }
        ],
        "Packages that their index warns of",
    ),
}

DOCUMENTS = {
    "sync": Document(
        "weft sync --output-format json",
        "What was done to the lock and to the environment of a project or script.",
        {
            "schema": _PREVIEW,
            "target": (("project", "script"), "What the environment is for"),
            "project?": (
                {
                    "path": ("string", "Its directory"),
                    "workspace": ({"path": ("string", "The directory")}, "Its workspace"),
                },
                "The project; not for a script",
            ),
            "script?": ({"path": ("string", "The file")}, "The script"),
            "sync": (
                {
                    "environment": (
                        {
                            "path": ("string", "Its directory"),
                            "python": (
                                {
                                    "path": ("string", "The interpreter in it"),
                                    "version": ("string", "Its version"),
                                    "implementation": ("string", "Such as `cpython`"),
                                },
                                "Its Python",
                            ),
                        },
                        "The environment",
                    ),
                    "action": (("check", "create", "replace", "update"), "What happened to it"),
                    "changes": (_CHANGES, "The packages that changed, by name"),
                },
                "What was installed",
            ),
            "lock": (
                Nullable(
                    {
                        "path": ("string", "The file"),
                        "action": (("use", "check", "create", "update"), "What happened to it"),
                    }
                ),
                "The lock file; null where none was needed",
            ),
            "dry_run": ("boolean", "Whether nothing was written"),
        },
    ),
    "tree": Document(
        "weft tree --format json",
        "The graph of a lock, as far as the options of the command show it.",
        {
            **_GRAPH_HEAD,
            "roots": ([{"id": ("string", "A node")}], "Where the tree begins"),
            "inverted": ("boolean", "Whether `dependencies` are what needs a package"),
            "members?": (_MEMBERS, "The members of the workspace that are shown"),
            "resolution": (
                Map(
                    "ID of a node",
                    {
                        **_NODE,
                        "latest_version?": ("string", "A newer version, with `--outdated`"),
                        "wheels?": (_WHEELS, "Its wheels"),
                    },
                ),
                "All nodes",
            ),
        },
    ),
    "workspace metadata": Document(
        "weft workspace metadata",
        "A workspace and everything that its lock says.",
        {
            **_GRAPH_HEAD,
            "requires_python": ("string", "The Pythons that the lock is for"),
            "conflicts": (
                {
                    "sets": (
                        [
                            {
                                "items": (
                                    [
                                        {
                                            "package": ("string", "The member"),
                                            "kind": (
                                                OneOf(
                                                    (
                                                        ("Project",),
                                                        {"Extra": ("string", "The extra")},
                                                        {"Group": ("string", "The group")},
                                                    )
                                                ),
                                                "What of it",
                                            ),
                                            "id": ("string", "Its node"),
                                        }
                                    ],
                                    "What excludes each other",
                                )
                            }
                        ],
                        "One for each declaration",
                    )
                },
                "What cannot be installed together",
            ),
            "environment?": (
                {
                    "root": ("string", "Its directory"),
                    "python": (
                        {
                            "path": ("string", "The interpreter"),
                            "version": ("string", "Its version"),
                            "implementation": ("string", "What kind it is, such as `cpython`"),
                        },
                        "Its Python",
                    ),
                    "packages": (
                        Map(
                            "ID of a node",
                            {
                                "name": ("string", "The package"),
                                "version": ("string", "Its version"),
                                "path": ("string", "Its `.dist-info`"),
                                "editable": ("boolean", "Whether it is an editable project"),
                            },
                        ),
                        "What of the lock is installed",
                    ),
                },
                "The environment, where there is one",
            ),
            "modules?": (
                Map(
                    "Name of a module",
                    {
                        "owners": (
                            [{"package_id": ("string", "A node")}],
                            "The packages that have files of it",
                        )
                    },
                ),
                "What can be imported there",
            ),
            "members?": (_MEMBERS, "The members of the workspace; not for a script"),
            "resolution": (
                Map(
                    "ID of a node",
                    {
                        **_NODE,
                        "sdist?": (_FILE, "Its source distribution"),
                        "wheels?": (_WHEELS, "Its wheels"),
                    },
                ),
                "All nodes",
            ),
        },
    ),
    "workspace list": Document(
        "weft workspace list --output-format json",
        "The members of a workspace, or with `--scripts` its scripts.",
        [
            {
                "name?": ("string", "The member; not of scripts"),
                "path": ("string", "Its directory, the file of a script"),
            }
        ],
    ),
    "version": Document(
        "weft version --output-format json",
        "The version of the project, after the change where one was asked for.",
        _VERSION,
    ),
    "self version": Document(
        "weft self version --output-format json", "The version of weft.", _VERSION
    ),
    "self update": Document(
        "weft self update --dry-run --output-format json",
        "How this weft was installed, and what would update it.",
        {
            "version": ("string", "The version that runs"),
            "method": ("string", "How it was installed, such as `pip`"),
            "place": ("string", "Where it is"),
            "command": (Nullable(["string"]), "What updates it, in words; null where nothing does"),
            "runs": ("boolean", "Whether `weft self update` runs that command itself"),
        },
    ),
    "pip install": Document(
        "weft pip install PACKAGE --output-format json",
        "What changed in the environment; `weft pip sync` writes the same.",
        {
            "schema": _PREVIEW,
            "changes": (_CHANGES, "The packages that changed, by name"),
            "dry_run": ("boolean", "Whether nothing was written"),
        },
    ),
    "pip download": Document(
        "weft pip download PACKAGE --output-format json",
        "The files that are in the directory now.",
        {
            "schema": _PREVIEW,
            "files": (
                [
                    {
                        "name": ("string", "The package"),
                        "version": ("string", "Its version"),
                        "path": ("string", "The file"),
                        "url": ("string", "Where it is from, without credentials"),
                        "action": (
                            ("saved", "kept", "would-save"),
                            "`kept`: it was there already and is right",
                        ),
                    }
                ],
                "The files, by name",
            ),
            "dry_run": ("boolean", "Whether nothing was written"),
        },
    ),
    "pip list": Document(
        "weft pip list --format json",
        "The packages of the environment.",
        [
            {
                "name": ("string", "The package"),
                "version": ("string", "Its version"),
                "latest_version?": ("string", "A newer version, with `--outdated`"),
                "latest_filetype?": (("wheel", "sdist"), "What there is of it"),
                "editable_project_location?": ("string", "The directory of an editable"),
            }
        ],
    ),
    "pip freeze": Document(
        "weft pip freeze --output-format json",
        "The packages of the environment as requirements.",
        [
            {
                "name": ("string", "The package"),
                "version": ("string", "Its version"),
                "requirement": ("string", "The line that `weft pip freeze` writes"),
            }
        ],
    ),
    "pip show": Document(
        "weft pip show PACKAGE --output-format json",
        "The packages that were named and are installed.",
        [
            {
                "name": ("string", "The package"),
                "version": ("string", "Its version"),
                "location": ("string", "The directory that it is installed in"),
                "requires": (["string"], "The packages that it needs"),
                "required_by": (["string"], "The packages that need it"),
                "editable_project_location?": ("string", "The directory of an editable"),
                "files?": (["string"], "Its files, relative to `location`"),
            }
        ],
    ),
    "pip check": Document(
        "weft pip check --output-format json",
        "Whether the packages of the environment fit together.",
        {
            "compatible": ("boolean", "Whether they do"),
            "problems": (
                [
                    {
                        "package": ("string", "The package that something is wrong with"),
                        "problem": ("string", "What, as a sentence"),
                    }
                ],
                "What does not fit",
            ),
        },
    ),
    "pip tree": Document(
        "weft pip tree --output-format json",
        "Which packages of the environment need which.",
        {
            "inverted": ("boolean", "Whether `dependencies` are what needs a package"),
            "roots": (["string"], "Where the tree begins"),
            "packages": (
                Map(
                    "name",
                    {
                        "version": ("string", "Its version"),
                        "latest_version": ("string?", "A newer one, with `--outdated`"),
                        "size": ("integer?", "The bytes of its file, with `--show-sizes`"),
                        "dependencies": (
                            [
                                {
                                    "name": ("string", "The package"),
                                    "required": ("string", "The specifier, `*` for any version"),
                                }
                            ],
                            "What it needs of what is installed",
                        ),
                    },
                ),
                "All packages that are reached",
            ),
        },
    ),
    "python list": Document(
        "weft python list --output-format json",
        "Pythons on this machine and those that can be downloaded, the newest first.",
        [
            {
                "key": ("string", "Its name, such as `cpython-3.12.1-linux-x86_64-gnu`"),
                "version": ("string", "Its version"),
                "version_parts": (
                    {
                        "major": ("integer", "3"),
                        "minor": ("integer", "12"),
                        "patch": ("integer", "1"),
                    },
                    "The release in numbers",
                ),
                "path": ("string?", "The executable; null where it can be downloaded"),
                "symlink": ("string?", "What the executable is a link to"),
                "url": ("string?", "Where it can be downloaded; null where it is installed"),
                "os": ("string", "The operating system"),
                "variant": ("string", "`default`, `freethreaded`, `debug` …"),
                "implementation": ("string", "`cpython`, `pypy` …"),
                "arch": ("string", "The processor"),
                "libc": ("string", "The C library, or `none`"),
            }
        ],
    ),
    "tool list": Document(
        "weft tool list --output-format json",
        "Tools that are installed.",
        [
            {
                "name": ("string", "The tool"),
                "version": ("string", "Its version"),
                "latest": ("string?", "A newer version, with `--outdated`"),
                "required": ("string", "The specifier that it was asked for with"),
                "extras": (["string"], "The extras that it was asked for with"),
                "with": (["string"], "What else is in its environment"),
                "python": ("string", "The version of its Python"),
                "path": ("string", "Its environment"),
                "executables": (
                    [
                        {
                            "name": ("string", "What it is called"),
                            "path": ("string", "Where it is"),
                            "package": ("string?", "The package that it belongs to"),
                        }
                    ],
                    "Its programs",
                ),
            }
        ],
    ),
    "audit": Document(
        "weft audit --output-format json",
        "What a vulnerability database knows of the packages of a lock.",
        {"schema": _PREVIEW, **_AUDITED},
    ),
    "tool audit": Document(
        "weft tool audit --all --output-format json",
        "What a vulnerability database knows of the packages of tools.",
        {
            "schema": _PREVIEW,
            "tools": ([{"name": ("string", "The tool"), **_AUDITED}], "The tools, by name"),
        },
    ),
    "cache dir": Document(
        "weft cache dir --output-format json",
        "Where the cache is, with its parts on other file systems.",
        {
            "path": ("string", "Its home"),
            "members": (
                [
                    {
                        "path": ("string", "The part"),
                        "state": (_STATES, "Whether its file system is there"),
                        "mount": ("string?", "Where that is mounted"),
                        "fstype": ("string?", "What kind it is"),
                    }
                ],
                "All parts, the home first",
            ),
        },
    ),
    "cache size": Document(
        "weft cache size --output-format json",
        "The disk that the cache takes.",
        {
            "path": ("string", "Its home"),
            "bytes": ("integer", "Of all parts together"),
            "buckets": (Map("bucket", "integer"), "Bytes of each kind of content"),
            "members": (
                [
                    {
                        "path": ("string", "The part"),
                        "state": (_STATES, "Whether its file system is there"),
                        "bytes": ("integer?", "Its bytes; null where it is absent"),
                        "buckets": (Nullable(Map("bucket", "integer")), "The same by kind"),
                    }
                ],
                "All parts, the home first",
            ),
        },
    ),
    "cache clean": Document(
        "weft cache clean --output-format json",
        "What was removed from the cache; `weft cache prune` writes the same.",
        {
            "path": ("string", "Its home"),
            "files": ("integer", "How many files were removed"),
            "directories": ("integer", "How many directories"),
            "bytes": ("integer", "The disk that this gave back"),
        },
    ),
    "cache doctor": Document(
        "weft cache doctor --output-format json",
        "How files would get from the cache into a directory.",
        {
            "version": ("integer", "1"),
            "members": (
                [
                    {
                        "path": ("string", "The part of the cache"),
                        "state": (_STATES, "Whether its file system is there"),
                        "bytes": ("integer?", "The disk that it takes; null where it is absent"),
                        "mount": (_MOUNT, "Its file system"),
                        "abilities": (_ABILITIES, "What works there; null where nobody can tell"),
                    }
                ],
                "All parts, the home first",
            ),
            "target": (
                {
                    "path": ("string", "The directory"),
                    "mount": (_MOUNT, "Its file system"),
                    "abilities": (_ABILITIES, "What works there; null where nobody can tell"),
                },
                "The directory that was asked about",
            ),
            "route": (
                {
                    "store": ("string", "The part that would serve the directory"),
                    "state": (("home", "mounted", "absent", "new"), "Whether it is there"),
                    "reason": ("string", "Why that part"),
                    "mode": (Nullable(_MODES), "How files would get there; null where they cannot"),
                    "shares": ("boolean", "Whether the disk is shared"),
                    "via": (_MOUNT, "The mount that both have to be reached through"),
                    "refusals": (
                        [
                            {
                                "mode": (_MODES, "A better way"),
                                "errno": ("integer", "What the system answered"),
                                "reason": ("string", "What that means"),
                            }
                        ],
                        "What does not work",
                    ),
                    "failure": ("string", "Why files cannot get there; empty where they can"),
                },
                "The way of the files",
            ),
            "caches": (
                [
                    {
                        "name": ("string", "The installer"),
                        "path": ("string", "Its cache"),
                        "bytes": ("integer", "The disk that it takes"),
                    }
                ],
                "Caches of other installers",
            ),
            "advice": (
                Nullable(
                    {
                        "command": ("string", "What to run"),
                        "purpose": ("string", "What for"),
                    }
                ),
                "What would make it better",
            ),
        },
    ),
    "auth explain": Document(
        "weft auth explain URL --output-format json",
        "Where credentials for a URL are looked for, and what is found; no secret is shown.",
        {
            "url": ("string", "The URL, without credentials"),
            "index": (
                Nullable(
                    {
                        "name": ("string?", "The name in settings"),
                        "url": ("string", "Its address"),
                    }
                ),
                "The index of the settings that the URL belongs to",
            ),
            "authenticate": (("auto", "always", "never"), "What the settings say of the index"),
            "sources": (
                [
                    {
                        "source": ("string", "The source, such as `netrc`"),
                        "place": ("string?", "Its file, variable or command"),
                        "found": ("boolean", "Whether it has credentials"),
                        "username": ("string?", "The user"),
                        "has_password": ("boolean", "Whether there is a password"),
                        "reason": ("string?", "Why there is nothing, or what is odd"),
                        "used": ("boolean", "Whether these are the ones that are sent"),
                    }
                ],
                "All sources, in the order in which they are asked",
            ),
            "sent": (("never", "always", "when asked"), "When credentials are sent"),
            "server": (Nullable(Map("check", "string")), "What the server answered, where asked"),
        },
    ),
    "show settings": Document(
        "weft COMMAND --show-settings --settings-format json",
        "What a command would run with, and where each setting comes from.",
        {
            "command": ("string", "The command"),
            "settings": (
                Map(
                    "setting",
                    {
                        "value": ("any", "The value; secrets are `****`"),
                        "origins": (
                            [
                                {
                                    "kind": ("string", "`option`, `variable`, `file` …"),
                                    "name": ("string", "The option, variable or file"),
                                    "line": ("integer?", "The line of a file"),
                                }
                            ],
                            "What set it; nothing for a value that is built in",
                        ),
                    },
                ),
                "All settings of the command",
            ),
        },
    ),
    "receipt": Document(
        "weft sync --receipt FILE",
        "How every file got into the environment; also of `run`, `pip install` and `pip sync`.",
        {
            "version": ("integer", "1"),
            "files": ("integer", "How many files"),
            "bytes": ("integer", "Their bytes"),
            "modes": (
                [
                    {
                        "mode": (("empty", *_MODES), "`empty`: there was nothing to share"),
                        "files": ("integer", "How many files"),
                        "bytes": ("integer", "Their bytes"),
                    }
                ],
                "The same by the way they were linked",
            ),
            "fallbacks": (
                [
                    {
                        "from": (_MODES, "What was tried"),
                        "to": (_MODES, "What was done in place of it"),
                        "errno": ("integer", "What the system answered"),
                        "reason": ("string", "Its symbol, or `COPY_UP`"),
                        "explanation": ("string", "What that means"),
                        "files": ("integer", "How many files"),
                        "bytes": ("integer", "Their bytes"),
                        "example": ("string", "One of them"),
                        "store": (_RECEIPT_MOUNT, "The file system of the cache"),
                        "target": (_RECEIPT_MOUNT, "The file system of the environment"),
                        "via": (_RECEIPT_MOUNT, "A third one that both were reached through"),
                    }
                ],
                "What did not work",
            ),
            "store": (_RECEIPT_MOUNT, "The file system of the cache that most bytes came from"),
            "target": (_RECEIPT_MOUNT, "The file system that most bytes went to"),
        },
    ),
}
