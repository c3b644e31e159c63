"""Options that say where distributions come from.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

INDEX = (
    (
        "index", "--index||", "list", "", "INDEX", "index",
        "An index to search before the default one",
        "A URL of the Simple repository API, a local directory laid out like one, `name=url`, or "
        "the name of an index of the settings files. May be given more than once; earlier ones "
        "go first.", ("space",),
    ),
    (
        "default_index", "--default-index||", "text", "", "DEFAULT_INDEX", "",
        "The index to search last, in place of PyPI",
        "A URL, a local directory, `name=url`, or the name of an index of the settings files.",
        ("empty",),
    ),
    (
        "index_url", "-i --index-url||", "text", "", "INDEX_URL", "index-url",
        "Deprecated spelling of `--default-index`", "", ("empty",),
    ),
    (
        "extra_index_url", "--extra-index-url||", "list", "", "EXTRA_INDEX_URL",
        "extra-index-url", "Deprecated spelling of `--index`", "", ("space",),
    ),
    (
        "find_links", "-f --find-links||", "list", "", "FIND_LINKS", "find-links",
        "A directory or page with distributions, searched beside the indexes",
        "A directory holds wheels and source archives at its top level; a page holds links to "
        "them.", ("comma",),
    ),
    (
        "no_index", "--no-index||", "flag", "", "", "no-index",
        "Ask no index; use only `--find-links` and direct URLs", "", (),
    ),
    (
        "index_strategy", "--index-strategy||", "choice", "index_strategy", "INDEX_STRATEGY",
        "index-strategy", "How to search several indexes",
        "Looking no further than the first index that has a package keeps others from slipping "
        "one in under the same name.", ("default=first-index",),
    ),
    (
        "keyring_provider", "--keyring-provider||", "choice", "keyring_provider",
        "KEYRING_PROVIDER", "keyring-provider", "Whether to ask `keyring` for credentials", "",
        ("default=disabled",),
    ),
)  # fmt: skip
