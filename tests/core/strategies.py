"""Versions, specifiers and markers for property tests.

Small alphabets on purpose: two drawn versions should often be equal, neighbours or in one release.
"""

from __future__ import annotations

from hypothesis import strategies as st

_NUMBERS = st.sampled_from(["0", "0", "1", "1", "2", "9", "10", "63", "64", "007", "20230101"])
_RELEASES = st.lists(_NUMBERS, min_size=1, max_size=4).map(".".join)
_SEPARATORS = st.sampled_from(["", "-", "_", "."])
_MAYBE_NUMBER = st.sampled_from(["", "0", "1", "2", "11"])


@st.composite
def _words(draw: st.DrawFn, words: tuple[str, ...]) -> str:
    if draw(st.booleans()):
        return ""
    word = draw(st.sampled_from(words))
    return draw(_SEPARATORS) + word + draw(_SEPARATORS) + draw(_MAYBE_NUMBER)


@st.composite
def version_texts(draw: st.DrawFn, *, local: bool = True) -> str:
    """Mostly valid versions in many spellings."""
    text = draw(st.sampled_from(["", "", "", "v", "1!", "0!", "300!"])) + draw(_RELEASES)
    text += draw(_words(("a", "alpha", "b", "beta", "c", "rc", "pre", "preview", "RC")))
    post = draw(st.sampled_from(["", "", "-1", ".post1", "post", "rev2", "-r3", ".post.0"]))
    text += post + draw(_words(("dev",)))
    if local and draw(st.integers(0, 3)) == 0:
        segments = st.lists(st.sampled_from(["a", "1", "01", "abc", "2a", "10"]), min_size=1)
        text += "+" + draw(st.sampled_from([".", "-", "_"])).join(draw(segments)[:3])
    return text


@st.composite
def plain_versions(draw: st.DrawFn, *, local: bool = True) -> str:
    """Versions in normal form, close together."""
    text = draw(st.sampled_from(["", "", "", "", "1!"]))
    text += ".".join(draw(st.lists(st.sampled_from("0019"), min_size=1, max_size=3)))
    text += draw(st.sampled_from(["", "", "", "a0", "a1", "b1", "rc1"]))
    text += draw(st.sampled_from(["", "", "", ".post0", ".post1"]))
    text += draw(st.sampled_from(["", "", "", ".dev0", ".dev1"]))
    if local:
        text += draw(st.sampled_from(["", "", "", "+a", "+1", "+a.1"]))
    return text


@st.composite
def specifier_texts(draw: st.DrawFn) -> str:
    """One to three clauses, sometimes invalid."""
    clauses = []
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        operator = draw(st.sampled_from(["==", "!=", ">=", "<=", ">", "<", "~="]))
        version = draw(plain_versions())
        star = draw(st.sampled_from(["", "", ".*"])) if operator in ("==", "!=") else ""
        clauses.append(operator + draw(st.sampled_from(["", " "])) + version + star)
    return draw(st.sampled_from([",", ", ", " , "])).join(clauses)


ENVIRONMENT = {
    "implementation_name": "cpython",
    "implementation_version": "3.11.7",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "6.18.5-generic",
    "platform_system": "Linux",
    "platform_version": "#1 SMP",
    "python_full_version": "3.11.7",
    "python_version": "3.11",
    "sys_platform": "linux",
}

_VERSION_VARIABLES = ("python_version", "python_full_version", "implementation_version")
_TEXT_VARIABLES = ("os_name", "sys_platform", "platform_machine", "platform_system")
_TEXTS = ("posix", "nt", "linux", "linux darwin", "x86_64", "Linux", "")


@st.composite
def _comparisons(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(["version", "text", "extra"]))
    if kind == "version":
        variable = draw(st.sampled_from(_VERSION_VARIABLES))
        operator = draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!=", "~="]))
        literals = ["3.11", "3.8", "3.11.7", "3.12", "2.7", "3.11.5", "3.10.0"]
        stars = ["3.11.*", "3.*"] if operator in ("==", "!=") else []
        literal = draw(st.sampled_from(literals + stars))
    elif kind == "text":
        variable = draw(st.sampled_from(_TEXT_VARIABLES))
        operator = draw(st.sampled_from([" == ", "!=", " in ", " not  in "]))
        literal = draw(st.sampled_from(_TEXTS))
    else:
        variable, operator = "extra", draw(st.sampled_from(["==", "!="]))
        literal = draw(st.sampled_from(["a", "b", "A_b", "a.b"]))
    quote = draw(st.sampled_from(["'", '"']))
    quoted = quote + literal + quote
    if operator == "~=" or "*" in literal or draw(st.integers(0, 4)):
        return f"{variable}{operator}{quoted}"
    return f"{quoted}{operator}{variable}"


@st.composite
def _chains(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    word = draw(st.sampled_from([" and ", " or "]))
    text = word.join(draw(st.lists(inner, min_size=2, max_size=3)))
    return f"({text})" if draw(st.booleans()) else text


marker_texts = st.recursive(_comparisons(), _chains, max_leaves=8)
