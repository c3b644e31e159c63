"""Frozen values.

Owns the `value` decorator. It is `dataclasses.dataclass(frozen=True)` without the 12 ms that
importing `dataclasses` (and `inspect` behind it) costs on every start. mypy knows the classes as
frozen and refuses every assignment; at run time that is refused after `guard` alone, or under
`python -X dev`: a check for each field of each value is half of what making values takes. Nor are
fields slots: a class is made with its slots or not at all, so it would have to be made twice, and
classes are a fifth of a short command.
Refuses mutable defaults, inheritance of fields and anything else that a value does not need.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar, dataclass_transform

    T = TypeVar("T")
else:

    def dataclass_transform(**_options):
        return lambda function: function


_guarded = sys.flags.dev_mode


def guard() -> None:
    """Let values refuse changes at run time as well; for classes that are made from now on."""
    global _guarded
    _guarded = True


@dataclass_transform(frozen_default=True, eq_default=True)
def value(cls: type[T]) -> type[T]:
    """Make the annotated names of `cls` the fields of an immutable, comparable, hashable value.

    Defaults are class attributes and must be immutable. `__post_init__` is not called: a value
    is built by a `parse` function that has checked it already. A class may define its own
    `__repr__`, `__str__`, `__hash__`, `__eq__` or ordering; it is kept.
    """
    made: Any = cls
    own = cls.__dict__
    names = tuple(own.get("__annotations__", ()))
    defaults = {name: own[name] for name in names if name in own}
    for name in defaults:
        delattr(cls, name)
    made.__match_args__ = names  # type: ignore[misc]
    made._defaults = defaults
    made._items = _first_items
    made.__init__ = _first_init
    if "__eq__" not in own:
        made.__eq__ = _eq
    if own.get("__hash__") is None:  # a class body with __eq__ alone sets it to None
        made.__hash__ = _hash
    if "__repr__" not in own:
        made.__repr__ = _repr
    if "__reduce__" not in own:
        made.__reduce__ = _reduce
    if _guarded:
        made.__setattr__ = _set_once
        made.__delattr__ = _refuse
    return cls


def replace(instance: T, **changes: object) -> T:
    """A copy of a value with some fields changed."""
    cls: Any = type(instance)
    fields = dict(zip(cls.__match_args__, cls._items(instance), strict=True))
    made: T = cls(**{**fields, **changes})
    return made


def _first_init(self: Any, *arguments: Any, **named: Any) -> None:
    """Stands in until the first instance: most classes of a run are never instantiated."""
    cls = type(self)
    cls.__init__ = _make_init(cls.__match_args__, cls._defaults)
    cls.__init__.__qualname__ = f"{cls.__qualname__}.__init__"
    cls.__init__(self, *arguments, **named)


def _make_init(names: tuple[str, ...], defaults: dict[str, Any]) -> Any:
    """A function as fast as if written by hand: the names of a ready-made one are exchanged."""
    from weft.core.value_inits import INITS

    function: Any = type(_make_init)
    if not names:
        return lambda self: None
    if len(names) > len(INITS):
        return _long_init(names, defaults)
    form = INITS[len(names) - 1]
    code = form.__code__.replace(co_name="__init__", co_varnames=("self", *names), co_names=names)
    made = function(code, form.__globals__, "__init__")
    made.__defaults__ = tuple([defaults[name] for name in names if name in defaults]) or None
    return made


def _long_init(names: tuple[str, ...], defaults: dict[str, Any]) -> Any:
    """For so many fields that few instances are made: compiling a function takes longer."""
    known = frozenset(names)

    def __init__(self: Any, *arguments: Any, **named: Any) -> None:
        given = dict(zip(names, arguments, strict=False))
        if len(arguments) > len(names) or not known.issuperset(named):
            raise TypeError(f"{type(self).__name__} has no such field: {sorted(named)}")
        if not given.keys().isdisjoint(named):
            raise TypeError(f"{type(self).__name__} was given a field twice")
        given = {**defaults, **given, **named}
        if len(given) < len(names):
            missing = [name for name in names if name not in given]
            raise TypeError(f"{type(self).__name__} needs {', '.join(missing)}")
        self.__dict__.update(given)

    return __init__


def _first_items(self: Any) -> tuple[Any, ...]:
    """Stands in until fields are first asked for: `cls._items(instance)` are their values."""
    cls = type(self)
    cls._items = _make_items(cls.__match_args__)
    found: tuple[Any, ...] = cls._items(self)
    return found


def _make_items(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) < 2:
        return lambda self: tuple([getattr(self, name) for name in names])
    from _operator import attrgetter

    getter: Callable[[Any], tuple[Any, ...]] = attrgetter(*names)
    return getter


def _set_once(self: Any, name: str, item: object) -> None:
    if name in self.__dict__ or name not in type(self).__match_args__:
        _refuse(self)
    self.__dict__[name] = item


def _refuse(self: object, *_arguments: object) -> None:
    raise AttributeError(f"{type(self).__name__} is immutable")


def _eq(self: Any, other: Any) -> Any:
    cls = self.__class__
    if other.__class__ is not cls:
        return NotImplemented
    return cls._items(self) == cls._items(other)


def _hash(self: Any) -> int:
    return hash(type(self)._items(self))


def _repr(self: Any) -> str:
    inner = ", ".join(f"{name}={getattr(self, name)!r}" for name in type(self).__match_args__)
    return f"{type(self).__name__}({inner})"


def _reduce(self: Any) -> tuple[Any, ...]:
    return type(self), type(self)._items(self)
