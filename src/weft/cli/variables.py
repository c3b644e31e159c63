"""Values out of variables, and the checks that values pass wherever they come from.

Owns which variable stands in for a flag: `WEFT_X`, else `UV_X` where the table allows it, and how
its text is read. Refuses files, which are `ops.settings`' business.
"""

from __future__ import annotations

from weft.cli import usage
from weft.core.errors import WeftError
from weft.ops.options import CHOICE, CHOICES, FLAG, NUMBER, PATH, Option, rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weft.cli.parser import Invocation

_TRUE = ("y", "yes", "t", "true", "on", "1")
_FALSE = ("n", "no", "f", "false", "off", "0")
_WORDS = {
    "auto": "automatic",
    "automatic": "automatic",
    "true": "automatic",
    "1": "automatic",
    "manual": "manual",
    "never": "never",
    "false": "never",
    "0": "never",
}


def names(option: Option) -> list[str]:
    """The variables of an option, the one that counts first."""
    if not option.env:
        return []
    if option.env.startswith("!"):
        return [f"WEFT_{option.env[1:]}"]
    words = option.env.split()
    return [f"WEFT_{word}" for word in words] + [f"UV_{word}" for word in words]


def any_set(known: Sequence[Option], environ: Mapping[str, str]) -> bool:
    """Whether a variable stands in for any of these options."""
    return any(name in environ for option in known for name in names(option))


def fill(found: Invocation, environ: Mapping[str, str]) -> None:
    """Take from the environment what the command line left open.

    Raises `UsageError` for a value that the flag would refuse too, `WeftError` for one that is no
    boolean or no number.
    """
    found.options.extend(Option(row) for row in rows("AMBIENT"))
    given = {name.partition("_")[2] for name in environ if name.startswith(("WEFT_", "UV_"))}
    for option in found.options if given else ():
        if given.isdisjoint(option.env.removeprefix("!").split()):
            continue  # most of the time: nothing to ask a hundred options about
        if option.dest not in found.sources:
            name = next((name for name in names(option) if name in environ), None)
            if name is not None and not _overridden(found, option):
                _read(found, option, name, environ[name])


def _separator(option: Option) -> str:
    if option.mark("pathsep") is not None:
        from weft.system.lean import os

        return os.pathsep
    return "," if option.mark("comma") is not None else " "


def _overridden(found: Invocation, option: Option) -> bool:
    """Whether a flag was given that excludes what the variable says."""
    return any(dest in found.sources for dest in (option.mark("overrides") or "").split(","))


def _read(found: Invocation, option: Option, name: str, text: str) -> None:
    if option.kind == FLAG:
        found.values[option.dest] = boolean(name, text)
    elif option.kind == NUMBER:
        if not text:
            return
        try:
            found.values[option.dest] = _digits(option, name, text)
        except WeftError as error:
            if option.mark("lenient") is None:
                raise
            found.warnings.append(error.message)
            return
    elif option.many:
        separator = _separator(option)
        parts = [part for part in text.split(separator) if part]
        if not parts:
            return
        for part in parts:
            take(found, option, part)
    else:
        if not text and option.mark("empty") is not None:
            return
        if option.mark("later") is not None:
            raise WeftError(f"`{name}` is not supported by weft yet")
        if option.mark("words") is not None:
            text = _word(name, text)
        elif not (option.spellings or option.aliases):
            _refuse_other_choices(option, name, text)
        take(found, option, text)
    found.sources[option.dest] = name


def boolean(name: str, text: str) -> bool:
    """A variable that switches something on or off."""
    folded = text.lower()
    if folded in _TRUE:
        return True
    if folded in _FALSE:
        return False
    raise WeftError(_unreadable(name, text, "expected a boolish value"))


def _digits(option: Option, name: str, text: str) -> str:
    reason = "invalid digit found in string"
    if option.mark("seconds") is not None:
        reason += "; value should be an integer number of seconds"
    if not (text.isascii() and text.isdigit()):
        raise WeftError(_unreadable(name, text, reason))
    if option.mark("min") == "1" and int(text) == 0:
        raise WeftError(_unreadable(name, text, "number would be zero for non-zero type"))
    return text


def _word(name: str, text: str) -> str:
    """What the variable for downloads of Pythons says, which was a boolean once."""
    folded = text.lower()
    if folded in _WORDS:
        return _WORDS[folded]
    raise WeftError(
        f"invalid value for {name}, expected one of 'auto', 'true', 'manual', 'never', or 'false'",
        exit_code=1,
    )


def _refuse_other_choices(option: Option, name: str, text: str) -> None:
    """What has no spelling on the command line is known to people by its variable alone."""
    known = [value for value, _, _ in option.choices()]
    if known and text not in known:
        listed = ", ".join(f"`{value}`" for value in known)
        raise WeftError(_unreadable(name, text, f"expected one of {listed}"))


def _unreadable(name: str, text: str, reason: str) -> str:
    return f"Failed to parse environment variable `{name}` with invalid value `{text}`: {reason}"


def take(found: Invocation, option: Option, text: str) -> None:
    """Check `text` as a value of `option` and keep it. Raises `UsageError`."""
    texts = [text]
    if option.mark("values") is not None or option.mark("comma") is not None:
        texts = [part.strip() for part in text.split(",") if part.strip()] or [text]
    checked = [_checked(option, part) for part in texts]
    if not option.many:
        if checked[0] or option.mark("empty") is None:
            found.values[option.dest] = checked[0]
        return
    many = found.values.setdefault(option.dest, [])
    assert isinstance(many, list)
    many.extend(checked)


def _checked(option: Option, text: str) -> str:
    if option.kind in (CHOICE, CHOICES):
        if not text:
            raise usage.missing_value(option)
        for known, _, canonical in option.choices():
            if known == text:
                return canonical or known
        raise usage.invalid_choice(option, text)
    if not text and option.kind == PATH and option.mark("empty") is None:
        raise usage.missing_value(option)
    reason = ""
    if option.kind == NUMBER:
        reason = _number_reason(option, text)
    check = option.mark("check")
    if check:
        from weft.ops.options_checks import wrong

        reason = wrong(check, text)
    if reason:
        raise usage.invalid_value(option.display, text, reason)
    return text


def _number_reason(option: Option, text: str) -> str:
    if not (text.isascii() and text.isdigit()):
        return "invalid digit found in string" if text else "cannot parse integer from empty string"
    most = option.mark("max")
    if most and int(text) > int(most):
        return f"{text} is not in 0..={most}"
    return ""
