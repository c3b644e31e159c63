"""Options of `weft audit`, `weft tool audit`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.ops.options import Row

# What both commands take.
AUDIT: tuple[Row, ...] = (
    (
        "audit_format", "--output-format||", "choice", "audit_format", "", "",
        "How to show what was found", "`text` is the default; `sarif` is SARIF 2.1.0.",
        ("metavar=OUTPUT_FORMAT",),
    ),
    (
        "ignore", "--ignore||", "list", "", "", "audit.ignore",
        "Leave out the vulnerability with this identifier",
        "Its aliases count, too. May be given more than once.", (),
    ),
    (
        "ignore_until_fixed", "--ignore-until-fixed||", "list", "", "",
        "audit.ignore-until-fixed",
        "Leave out the vulnerability with this identifier as long as no version fixes it",
        "Its aliases count, too. May be given more than once.", (),
    ),
    (
        "service_format", "--service-format||", "choice", "service_format", "", "",
        "What protocol the service speaks", "", (),
    ),
    (
        "service_url", "--service-url||", "text", "", "", "",
        "Ask the service at this address",
        "Without it the public one that belongs to `--service-format` is asked.", ("check=url",),
    ),
)  # fmt: skip

# What only `weft audit` takes besides.
AUDIT_TARGET: tuple[Row, ...] = (
    (
        "installed", "--installed||", "flag", "", "", "",
        "Audit what is installed in an environment instead of a lock",
        "The active environment, the nearest `.venv`, or the one that `--python` names. uv has no "
        "such option.",
        ("conflicts=script,locked,frozen,no_extra,no_dev,no_group,only_group,only_dev",),
    ),
    (
        "script", "--script||", "path", "", "", "",
        "Audit the lock of this script instead of the project's", "", (),
    ),
    (
        "python_version", "--python-version||", "text", "", "", "",
        "Audit only what would be installed for this Python version", "",
        ("check=python_version",),
    ),
    (
        "python_platform", "--python-platform||", "choice", "python_platform", "", "",
        "Audit only what would be installed on this platform", "", (),
    ),
)  # fmt: skip
