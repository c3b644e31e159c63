"""Options of `weft pip download`.

Owns rows only; `ops.options` says what the columns are. The names are those of `pip download`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.options import Row

DOWNLOAD: tuple[Row, ...] = (
    (
        "dest", "-d --dest|--destination-dir --destination-directory|", "path", "DIR", "", "",
        "Put the files into this directory",
        "It is made if it is missing, and can be given to `--find-links` afterwards. A file that "
        "is there already is kept if its content is right, and replaced if it is not. Without this "
        "option the files go into the working directory.", (),
    ),
    (
        "platforms", "--platform||", "list", "PLATFORM", "", "",
        "Choose files for this platform instead of the one at hand",
        "A tag of wheels such as `manylinux_2_28_x86_64`, `macosx_13_0_arm64`, `win_amd64` or "
        "`any`, or a target of `--python-platform` such as `windows`. A tag stands for the older "
        "ones that it includes. Several are tried in their order; the first decides what markers "
        "such as `sys_platform` are compared with.", (),
    ),
    (
        "python_version", "--python-version||", "text", "", "", "",
        "Choose files for this Python version instead of the one at hand",
        "`3.12`, `3.12.1`, or `312` for 3.12.", ("check=python_version",),
    ),
    (
        "implementation", "--implementation||", "choice", "implementation", "", "",
        "Choose files for this kind of Python instead of the one at hand", "", (),
    ),
    (
        "abis", "--abi||", "list", "ABI", "", "",
        "Choose files for this ABI of Python, such as `cp312`, `abi3` or `none`",
        "Several are tried in their order. Without this option it is the one that belongs to "
        "`--python-version` and `--implementation`.", (),
    ),
    (
        "no_clean", "--no-clean||", "flag", "", "", "", "", "",
        ("hidden", "note=pip's `--no-clean` has no effect"),
    ),
    (
        "use_pep517", "--use-pep517||", "flag", "", "", "", "", "",
        ("hidden", "note=pip's `--use-pep517` has no effect (weft has no other way to build)"),
    ),
    (
        "progress_bar", "--progress-bar||", "text", "", "", "", "", "",
        ("hidden", "note=pip's `--progress-bar` has no effect (use `--no-progress`)"),
    ),
)  # fmt: skip
