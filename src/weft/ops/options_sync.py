"""Options of `weft pip sync`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

SYNC = (
    (
        "allow_empty_requirements",
        "--allow-empty-requirements||--no-allow-empty-requirements", "flag", "", "",
        "pip.allow-empty-requirements", "Let a file without requirements empty the environment",
        "Without it such a file changes nothing, since it is more likely a mistake.", (),
    ),
    (
        "ask", "-a --ask||", "flag", "", "", "", "", "",
        ("hidden", "refuse=pip-sync's `--ask` is unsupported (weft never asks for confirmation)"),
    ),
    (
        "python_executable", "--python-executable||", "text", "", "", "", "", "",
        ("hidden", "refuse=pip-sync's `--python-executable` is unsupported (to install into a "
         "separate Python environment, try setting `VIRTUAL_ENV` instead)"),
    ),
    (
        "user", "--user||", "flag", "", "", "", "", "",
        ("hidden", "refuse=pip-sync's `--user` is unsupported (use a virtual environment "
         "instead)"),
    ),
    (
        "client_cert", "--client-cert||", "text", "", "", "", "", "",
        ("hidden", "refuse=pip-sync's `--client-cert` is unsupported (weft doesn't support "
         "dedicated client certificates)"),
    ),
    (
        "config", "--config||", "text", "", "", "", "", "",
        ("hidden", "refuse=pip-sync's `--config` is unsupported (weft does not use a "
         "configuration file)"),
    ),
    (
        "pip_args", "--pip-args||", "text", "", "", "", "", "",
        ("hidden", "refuse=pip-sync's `--pip-args` is unsupported (try passing arguments to weft "
         "directly)"),
    ),
)  # fmt: skip
