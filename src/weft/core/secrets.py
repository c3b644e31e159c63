"""Text without the credentials of URLs in it.

Owns finding URLs in any text and hiding what may be a secret. The last guard before a person or a
log sees a message: whoever makes one hides them already. Refuses to know where secrets come from.
Follows RFC 3986 (3.2.1) for what stands before the host.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re


def without_secrets(text: str) -> str:
    """`https://user:****@host/`; a name alone may be a token, but with SSH it is none."""
    if "@" not in text or "://" not in text:
        return text
    import re

    # As far as the last `@` before the path: passwords may hold one.
    return re.sub(r"([A-Za-z][A-Za-z0-9+.-]*)://([^\s/?#`\"<>]*)@", _hide, text)


def _hide(found: re.Match[str]) -> str:
    scheme, login = found[1], found[2]
    user, colon, _ = login.partition(":")
    if colon:
        shown = f"{user}:****"
    elif scheme.lower().endswith(("http", "https")) and user:
        shown = "****"
    else:
        shown = user
    return f"{scheme}://{shown}@"
