"""No credentials of a URL are left in a text that people see."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.core.secrets import without_secrets

_MARKS = '@/?#"`<> :%'
_LETTERS = st.characters(codec="utf-8", exclude_characters=_MARKS, exclude_categories=["Z", "C"])
PLAIN = st.text(_LETTERS, min_size=3, max_size=12)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://u:p@h/x", "https://u:****@h/x"),
        ("see `https://u:p@h/x`, then http://v:q@i:80", "see `https://u:****@h/x`, then http://v:****@i:80"),
        ("https://token@h/x", "https://****@h/x"),
        ("git+https://token@h/x", "git+https://****@h/x"),
        ("https://:p@h", "https://:****@h"),
        ("https://u:p@ss@h/x@y", "https://u:****@h/x@y"),
        ("git+ssh://git@h/x.git", "git+ssh://git@h/x.git"),
        ("ssh://git:p@h", "ssh://git:****@h"),
        ("https://h/x@1.0", "https://h/x@1.0"),
        ("https://h?u=a:b@c", "https://h?u=a:b@c"),
        ("mail me@h.example", "mail me@h.example"),
        ("x @ https://h/y", "x @ https://h/y"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_stands_before_the_host_is_hidden(text: str, shown: str) -> None:
    assert without_secrets(text) == shown
    assert without_secrets(shown) == shown


@given(before=PLAIN, user=PLAIN, secret=PLAIN, after=PLAIN)
def test_a_password_is_hidden_wherever_the_url_stands(
    before: str, user: str, secret: str, after: str
) -> None:
    marked = f"Secret{secret}"
    text = f"{before} https://{user}:{marked}@host.example/{after} {before}"
    assert marked not in without_secrets(text)
    assert without_secrets(text).endswith(f"@host.example/{after} {before}")
