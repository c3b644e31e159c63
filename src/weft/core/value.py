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
    body["_fields"] = _fields
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
    """Stands in until the first instance: most classes of a run are never instantiated."""
    cls = type(self)
    cls.__init__ = _make_init(cls.__slots__, cls._defaults)
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
    code = form.__code__
    exchanged = {f"f{place}": name for place, name in enumerate(names)}
    code = code.replace(
        co_name="__init__",
        co_varnames=("self", *names),
        co_consts=tuple([exchanged.get(const, const) for const in code.co_consts]),
    )
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
        for name in names:
            object.__setattr__(self, name, given[name])

    return __init__


def _fields(self: Any) -> tuple[Any, ...]:
    return tuple([getattr(self, name) for name in type(self).__slots__])


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
