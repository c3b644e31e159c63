"""Ready-made `__init__` functions for values, one for each number of fields.

Owns code whose names are exchanged by `core.value` (`code.replace`): making a function that way
takes two microseconds, compiling one out of text a hundred times as long, and a command uses some
thirty classes of values. Refuses to be called as it stands.
"""

# ruff: noqa: PLR0917  positions are the point
from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _init1(self: Any, f0: Any) -> None:
    self.f0 = f0


def _init2(self: Any, f0: Any, f1: Any) -> None:
    self.f0 = f0
    self.f1 = f1


def _init3(self: Any, f0: Any, f1: Any, f2: Any) -> None:
    self.f0 = f0
    self.f1 = f1
    self.f2 = f2


def _init4(self: Any, f0: Any, f1: Any, f2: Any, f3: Any) -> None:
    self.f0 = f0
    self.f1 = f1
    self.f2 = f2
    self.f3 = f3


def _init5(self: Any, f0: Any, f1: Any, f2: Any, f3: Any, f4: Any) -> None:
    self.f0 = f0
    self.f1 = f1
    self.f2 = f2
    self.f3 = f3
    self.f4 = f4


def _init6(self: Any, f0: Any, f1: Any, f2: Any, f3: Any, f4: Any, f5: Any) -> None:
    self.f0 = f0
    self.f1 = f1
    self.f2 = f2
    self.f3 = f3
    self.f4 = f4
    self.f5 = f5


def _init7(self: Any, f0: Any, f1: Any, f2: Any, f3: Any, f4: Any, f5: Any, f6: Any) -> None:
    self.f0 = f0
    self.f1 = f1
    self.f2 = f2
    self.f3 = f3
    self.f4 = f4
    self.f5 = f5
    self.f6 = f6


def _init8(
    self: Any, f0: Any, f1: Any, f2: Any, f3: Any, f4: Any, f5: Any, f6: Any, f7: Any
) -> None:
    self.f0 = f0
    self.f1 = f1
    self.f2 = f2
    self.f3 = f3
    self.f4 = f4
    self.f5 = f5
    self.f6 = f6
    self.f7 = f7


def _init9(
    self: Any, f0: Any, f1: Any, f2: Any, f3: Any, f4: Any, f5: Any, f6: Any, f7: Any, f8: Any
) -> None:
    self.f0 = f0
    self.f1 = f1
    self.f2 = f2
    self.f3 = f3
    self.f4 = f4
    self.f5 = f5
    self.f6 = f6
    self.f7 = f7
    self.f8 = f8


def _init10(
    self: Any,
    f0: Any,
    f1: Any,
    f2: Any,
    f3: Any,
    f4: Any,
    f5: Any,
    f6: Any,
    f7: Any,
    f8: Any,
    f9: Any,
) -> None:
    self.f0 = f0
    self.f1 = f1
    self.f2 = f2
    self.f3 = f3
    self.f4 = f4
    self.f5 = f5
    self.f6 = f6
    self.f7 = f7
    self.f8 = f8
    self.f9 = f9


def _init11(
    self: Any,
    f0: Any,
    f1: Any,
    f2: Any,
    f3: Any,
    f4: Any,
    f5: Any,
    f6: Any,
    f7: Any,
    f8: Any,
    f9: Any,
    f10: Any,
) -> None:
    self.f0 = f0
    self.f1 = f1
    self.f2 = f2
    self.f3 = f3
    self.f4 = f4
    self.f5 = f5
    self.f6 = f6
    self.f7 = f7
    self.f8 = f8
    self.f9 = f9
    self.f10 = f10


def _init12(
    self: Any,
    f0: Any,
    f1: Any,
    f2: Any,
    f3: Any,
    f4: Any,
    f5: Any,
    f6: Any,
    f7: Any,
    f8: Any,
    f9: Any,
    f10: Any,
    f11: Any,
) -> None:
    self.f0 = f0
    self.f1 = f1
    self.f2 = f2
    self.f3 = f3
    self.f4 = f4
    self.f5 = f5
    self.f6 = f6
    self.f7 = f7
    self.f8 = f8
    self.f9 = f9
    self.f10 = f10
    self.f11 = f11


def _init13(
    self: Any,
    f0: Any,
    f1: Any,
    f2: Any,
    f3: Any,
    f4: Any,
    f5: Any,
    f6: Any,
    f7: Any,
    f8: Any,
    f9: Any,
    f10: Any,
    f11: Any,
    f12: Any,
) -> None:
    self.f0 = f0
    self.f1 = f1
    self.f2 = f2
    self.f3 = f3
    self.f4 = f4
    self.f5 = f5
    self.f6 = f6
    self.f7 = f7
    self.f8 = f8
    self.f9 = f9
    self.f10 = f10
    self.f11 = f11
    self.f12 = f12


def _init14(
    self: Any,
    f0: Any,
    f1: Any,
    f2: Any,
    f3: Any,
    f4: Any,
    f5: Any,
    f6: Any,
    f7: Any,
    f8: Any,
    f9: Any,
    f10: Any,
    f11: Any,
    f12: Any,
    f13: Any,
) -> None:
    self.f0 = f0
    self.f1 = f1
    self.f2 = f2
    self.f3 = f3
    self.f4 = f4
    self.f5 = f5
    self.f6 = f6
    self.f7 = f7
    self.f8 = f8
    self.f9 = f9
    self.f10 = f10
    self.f11 = f11
    self.f12 = f12
    self.f13 = f13


INITS = (
    _init1,
    _init2,
    _init3,
    _init4,
    _init5,
    _init6,
    _init7,
    _init8,
    _init9,
    _init10,
    _init11,
    _init12,
    _init13,
    _init14,
)
