"""`python -m bench.chart`: the results of the bench as a picture, `docs/images/benchmarks.svg`.

Owns the drawing, from `bench/results/latest.json` alone and with nothing but text. One bar per
workload and way of weft: its time over uv's, on a logarithmic scale, to the left of 1 where weft
takes less. Refuses to leave a result out: whatever is in the file has a row.
"""

from __future__ import annotations

import math
import sys
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from bench import report

#: Headings, and under each the workloads with what people call them.
GROUPS: dict[str, dict[str, str]] = {
    "Nothing to do": {
        "noop": "pip install, all is installed",
        "noop-sync": "sync, all is in place",
        "noop-lock": "lock, nothing changed",
        "run": "run python -c pass",
        "tree": "tree",
        "export": "export",
        "standing": "pip install -r, an editable project",
        "editable-again": "pip install -e once more",
    },
    "Installing 104 packages that are cached": {
        "spare": "pip install",
        "spare-back-to-back": "pip install, without a pause",
        "warm": "pip install, by hard links",
        "warm-auto": "pip install, by default",
        "venv": "venv",
        "uninstall": "pip uninstall of everything",
        "add": "add of one package",
    },
    "On other file systems": {
        "spare-xfs": "pip install on xfs",
        "spare-btrfs": "pip install on btrfs",
        "second-tmpfs": "cache on ext4, to tmpfs",
        "second-xfs": "cache on ext4, to xfs by hard links",
        "second-xfs-auto": "cache on ext4, to xfs by default",
    },
    "With an empty cache": {
        "unpack": "104 wheels from a directory",
        "unpack-speed": "the same, extra “speed”",
        "cold": "from an index, 0 ms away",
        "cold-speed": "the same, extra “speed”",
        "cold-20": "from an index, 20 ms away",
    },
    "Resolving, offline": {
        "resolve": "pip install --dry-run",
        "solve": "the same, solved anew",
        "compile": "pip compile, solved anew",
        "repeat": "pip compile, nothing changed",
        "universal": "--universal jupyter, solved anew",
        "repeat-universal": "--universal jupyter, nothing changed",
        "universal-transformers": "--universal transformers[all]",
        "universal-airflow": "--universal apache-airflow[all]",
        "relock": "lock, solved anew",
    },
    "Builds": {
        "editable": "first pip install -e",
        "sdists": "ten small source distributions",
    },
    "Tools and Pythons": {
        "tool-run": "weftx ruff --version",
        "tool-run-script": "weftx pycowsay hello",
        "tool-run-with": "weftx --with … --from …",
        "tool-install": "tool install black",
        "python-find": "python find",
        "python-find-version": "python find 3.x",
        "python-list": "python list",
        "python-list-installed": "python list --only-installed",
        "python-list-first": "python list, for the first time",
        "python-list-shims": "python list behind pyenv's shims",
    },
}
OTHERS = "Others"

WIDTH, LEFT, RIGHT = 960, 318, 672  # of the picture, and of its bars
ROW, HEADING, TOP = 20, 34, 92
COLUMNS = {"weft": 762, "uv": 846, "pip": 930}  # where their figures end
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

STYLE = """\
  text { font-family: ui-sans-serif, system-ui, "Helvetica Neue", Arial, sans-serif;
    font-size: 12.5px; fill: #1f2430 }
  .title { font-size: 16px; font-weight: 600 }
  .heading { font-weight: 600 }
  .small { font-size: 11.5px; fill: #5a6272 }
  .end { text-anchor: end } .middle { text-anchor: middle }
  .ground { fill: #ffffff } .grid { stroke: #e1e5ec } .one { stroke: #5a6272; stroke-width: 1.5 }
  .less { fill: #4c6fd1 } .more { fill: #c2701c }
  .spread { stroke: #1f2430; stroke-opacity: 0.55; stroke-width: 1.2 }
  .floor { stroke: #2f8f5b; stroke-width: 2.5 } .floorword { fill: #2f8f5b }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4e8f0 } .small { fill: #a7b0c0 }
    .ground { fill: #16191f } .grid { stroke: #2c323c } .one { stroke: #a7b0c0 }
    .less { fill: #7f9cf0 } .more { fill: #dd9a55 } .spread { stroke: #e4e8f0 }
    .floor { stroke: #6cc694 } .floorword { fill: #6cc694 }
  }"""


class Bar(NamedTuple):
    """A row: what was done, the ratio to uv and between which the middle half of its rounds lies,
    seconds by tool, the ratio of the floor, and a letter where there are several machines."""

    label: str
    ratio: float
    quartiles: tuple[float, float]
    seconds: dict[str, float]
    floor: float | None
    mark: str


def bars(results: dict[str, Any]) -> dict[str, list[Bar]]:
    """The rows by heading; a workload that has no name here goes under `OTHERS`."""
    marks = _marks(results)
    named = {name for group in GROUPS.values() for name in group}
    others = {name: name for name in results if name not in named}
    found: dict[str, list[Bar]] = {}
    for heading, group in {**GROUPS, OTHERS: others}.items():
        for name, label in group.items():
            if name in results:
                mark = marks[_where(results[name])]
                found.setdefault(heading, []).extend(_rows(label, results[name], mark))
    return found


def _rows(label: str, result: dict[str, Any], mark: str) -> list[Bar]:
    contenders = result["contenders"]
    common = {name: contenders[name]["median"] for name in ("uv", "pip") if name in contenders}
    floor = contenders.get("floor (C)", {}).get("ratio")
    made = []
    for name, each in contenders.items():
        tool, _, way = name.partition(" ")
        if tool != "weft":
            continue
        low, high = each["quartiles"]
        seconds = {**common, "weft": each["median"]}
        words = f"{label}, {way}" if way else label
        made.append(Bar(words, each["ratio"], (low, high), seconds, floor, mark))
    return made


def _where(result: dict[str, Any]) -> tuple[str, str]:
    versions = ", ".join([f"{name} {text}" for name, text in result["versions"].items()])
    return result["machine"], versions


def _marks(results: dict[str, Any]) -> dict[tuple[str, str], str]:
    """A letter for each machine with its versions; none where there is only one."""
    places = list(dict.fromkeys([_where(each) for each in results.values()]))
    return {place: chr(ord("a") + at) if places[1:] else "" for at, place in enumerate(places)}


def draw(results: dict[str, Any]) -> str:
    """The picture, as the text of an SVG file."""
    groups = bars(results)
    rows = [bar for group in groups.values() for bar in group]
    scale = Scale([value for bar in rows for value in _values(bar)])
    bottom = TOP + len(groups) * HEADING + len(rows) * ROW + 8
    notes = _notes(results)
    height = bottom + 18 + 17 * len(notes)
    title = "Time that weft takes, as a multiple of uv's"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}" role="img" aria-label="{title}">',
        f"<title>{title}</title>",
        f"<style>\n{STYLE}\n</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}" rx="8"/>',
        _text(16, 28, title, "title"),
        _text(16, 48, "bars to the left of 1: weft is faster; logarithmic scale", "small"),
        *_axis(scale, bottom),
    ]
    y = TOP
    for heading, group in groups.items():
        parts.append(_text(16, y + 21, heading, "heading"))
        y += HEADING
        for bar in group:
            parts += _bar(bar, scale, y)
            y += ROW
    parts += [_text(16, bottom + 18 + 17 * at, note, "small") for at, note in enumerate(notes)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _values(bar: Bar) -> list[float]:
    return [bar.ratio, *bar.quartiles, *([bar.floor] if bar.floor is not None else [])]


class Scale:
    """Logarithmic, from a tick below the least value to one above the greatest; 1 is in it."""

    def __init__(self, values: list[float]) -> None:
        least, greatest = min([0.5, *values]), max([2.0, *values])
        below = [tick for tick in TICKS if tick < least * 0.8]  # room for the figure of the bar
        above = [tick for tick in TICKS if tick >= greatest]
        low, high = below[-1] if below else TICKS[0], above[0] if above else greatest
        self.ticks = [tick for tick in TICKS if low <= tick <= high]
        self._low, self._width = math.log(low), math.log(high / low)

    def at(self, value: float) -> float:
        share = (math.log(max(value, 1e-6)) - self._low) / self._width
        return LEFT + max(0.0, share) * (RIGHT - LEFT)


def _axis(scale: Scale, bottom: float) -> list[str]:
    parts = []
    for tick in scale.ticks:
        kind = "one" if tick == 1 else "grid"
        x = scale.at(tick)
        parts.append(f'<path class="{kind}" d="M{x:.1f} {TOP - 6}V{bottom}"/>')
        word = "1 = uv" if tick == 1 else f"{tick:g}"
        parts.append(_text(x, TOP - 13, word, "small middle"))
    return parts + [_text(x, TOP - 13, name, "small end") for name, x in COLUMNS.items()]


def _bar(bar: Bar, scale: Scale, y: float) -> list[str]:
    ends = sorted((scale.at(bar.ratio), scale.at(1.0)))
    less = bar.ratio < 1
    low, high = (scale.at(each) for each in bar.quartiles)
    middle = y + ROW / 2
    kind = "less" if less else "more"
    figure = min(ends[0], low) - 5 if less else max(ends[1], high) + 5
    name = f"{bar.label} ({bar.mark})" if bar.mark else bar.label
    parts = [
        _text(16, y + 14, name),
        f'<rect class="{kind}" x="{ends[0]:.1f}" y="{y + 4}" '
        f'width="{max(ends[1] - ends[0], 1):.1f}" height="12" rx="1.5"/>',
        f'<path class="spread" d="M{low:.1f} {middle}H{high:.1f}"/>',
        _text(figure, y + 14, f"{bar.ratio:.2f}", "end" if less else ""),
    ]
    if bar.floor is not None:
        x = scale.at(bar.floor)
        parts.append(f'<path class="floor" d="M{x:.1f} {y + 2}V{y + 18}"/>')
    columns = [(COLUMNS[name], seconds) for name, seconds in bar.seconds.items()]
    return parts + [_text(x, y + 14, _duration(seconds), "end") for x, seconds in columns]


def _duration(seconds: float) -> str:
    if seconds < 0.01:
        return f"{seconds * 1e3:.1f} ms"
    if seconds < 1:
        return f"{seconds * 1e3:.0f} ms"
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    kind = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{kind}>{escape(words)}</text>'


def _notes(results: dict[str, Any]) -> list[str]:
    """What was measured, and for each machine: when, what it is, and the versions."""
    counts = [len(each["contenders"]["uv"]["walls"]) for each in results.values()]
    rounds = f"{min(counts)} to {max(counts)} rounds" if min(counts) < max(counts) else (
        "1 round" if counts[0] == 1 else f"{counts[0]} rounds"
    )  # fmt: skip
    notes = [
        f"Medians of {rounds} in which the tools took turns; thin lines: the middle half of "
        "the rounds. Caches and environments on an ext4 with a journal unless said.",
        "Work that “spares” does after the answer is not in these times; the table of `make bench` "
        "has the processor time of all of it.",
    ]
    if any("floor (C)" in each["contenders"] for each in results.values()):
        notes.append("Green: the same links by a C program that does nothing else.")
    first = [bool(each.get("first")) for each in results.values()]
    if any(first):
        who = "The commands" if all(first) else "Some of the commands"
        notes.append(f"{who} ran before whatever else was due on the machine (SCHED_RR).")
    for place, mark in _marks(results).items():
        mine = [each for each in results.values() if _where(each) == place]
        dates = sorted([each["date"] for each in mine])
        days = sorted({date.partition(" ")[0] for date in dates})
        when = f"{dates[0]} to {dates[-1].split()[1]}" if len(days) == 1 else " to ".join(
            (days[0], days[-1])
        )  # fmt: skip
        loads = [each["load"] for each in mine]
        head = f"({mark}) " if mark else ""
        notes.append(f"{head}{when}; load {min(loads):.1f} to {max(loads):.1f}; {place[1]}")
        notes.append(place[0])
    return notes


def write(target: Path = report.CHART) -> None:
    """Draw what is known; nothing where nothing is."""
    results = report.read()
    if results:
        target.write_text(draw(results))


if __name__ == "__main__":
    if not report.read():
        sys.exit(f"error: no results in {report.LATEST}; `make bench` makes them")
    write()
