"""Frozen values with slots.

Owns the `value` decorator. It is `dataclasses.dataclass(frozen=True, slots=True)` without the
12 ms that importing `dataclasses` (and `inspect` behind it) costs on every start.
Refuses mutable defaults, inheritance of fields and anything else that a value does not need.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar, dataclass_transform

    T = TypeVar("T")
else:

    def dataclass_transform(**_options):
        return lambda function: function


@dataclass_transform(frozen_default=True, eq_default=True)
def value(cls: type[T]) -> type[T]:
    """Make the annotated names of `cls` the slots of an immutable, comparable, hashable value.

    Defaults are class attributes and must be immutable. `__post_init__` is not called: a value
    is built by a `parse` function that has checked it already. A class may define its own
    `__repr__`, `__str__`, `__hash__`, `__eq__` or ordering; it is kept.
    """
    names = tuple(cls.__dict__.get("__annotations__", ()))  # noqa: RUF063  inspect costs 9 ms
    body: dict[str, Any] = {
        key: item
        for key, item in cls.__dict__.items()
        if key not in names and key not in ("__dict__", "__weakref__")
    }
    body["__slots__"] = names
    body["__match_args__"] = names
    body["_defaults"] = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
    body["__init__"] = _first_init
    body["_fields"] = _first_fields
    body["__setattr__"] = _refuse
    body["__delattr__"] = _refuse
    for special in (_eq, _hash, _repr, _reduce):
        body.setdefault(f"_{special.__name__}__", special)
    if body.get("__hash__") is None:  # a class body with __eq__ alone sets it to None
        body["__hash__"] = _hash
    made: type[T] = type.__call__(type(cls), cls.__name__, cls.__bases__, body)
    made.__qualname__ = cls.__qualname__
    return made


def replace(instance: T, **changes: object) -> T:
    """A copy of a value with some fields changed."""
    cls = type(instance)
    fields = {name: getattr(instance, name) for name in cls.__slots__}  # type: ignore[attr-defined]
    return cls(**{**fields, **changes})


def _first_init(self: Any, *arguments: Any, **named: Any) -> None:
    """Stands in until the first instance: most classes of a run are never instantiated, and making
    a function out of text takes longer than making the class."""
    cls = type(self)
    _specialize(cls)
    cls.__init__(self, *arguments, **named)


def _first_fields(self: Any) -> Any:
    _specialize(type(self))
    return self._fields()


def _specialize(cls: Any) -> None:
    """Give a value class its own `__init__` and `_fields`, as fast as if written by hand."""
    scope: dict[str, Any] = {"_set": object.__setattr__}
    parameters = []
    for name in cls.__slots__:
        if name in cls._defaults:
            scope[f"_default_{name}"] = cls._defaults[name]
            parameters.append(f"{name}=_default_{name}")
        else:
            parameters.append(name)
    assigned = "".join(f"\n    _set(self, {name!r}, {name})" for name in cls.__slots__)
    source = f"def __init__(self, {', '.join(parameters)}):{assigned or ' pass'}\n"
    mine = "".join(f"self.{name}, " for name in cls.__slots__)
    source += f"def _fields(self): return ({mine})\n"
    exec(source, scope)  # noqa: S102  the text is made of our own field names only
    cls.__init__ = scope["__init__"]
    cls._fields = scope["_fields"]


def _refuse(self: object, *_arguments: object) -> None:
    raise AttributeError(f"{type(self).__name__} is immutable")


def _eq(self: Any, other: object) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return self._fields() == other._fields()  # type: ignore[attr-defined]


def _hash(self: Any) -> int:
    return hash(self._fields())


def _repr(self: Any) -> str:
    inner = ", ".join(f"{name}={getattr(self, name)!r}" for name in type(self).__slots__)
    return f"{type(self).__name__}({inner})"


def _reduce(self: Any) -> tuple[Any, ...]:
    return type(self), self._fields()
