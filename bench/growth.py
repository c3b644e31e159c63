"""Whether the time per piece stays what it is: packages, environments, entries of the cache.

Owns an index of synthetic packages (small files, and a requirement of an earlier one),
and caches that grow: by commands of weft, or, as a hundred thousand entries would take an hour that
way, by hard links to an entry that weft made. Prints a table per part, keeps the figures in
`bench/results/growth.json`, and puts them into `docs/explanation/benchmarks.md`. Times are of whole
commands, offline, `WEFT_BENCH_ROUNDS` rounds (5 unless said), by links; spares where it says so.

What is fitted is a straight line, by least squares of relative errors: `fixed + slope * count`. For
packages, the share of the two largest sizes tells whether the line bends: 1.00 is as many times the
time as packages. For environments and entries the slope itself is the answer, with what it would
add at the largest size.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import zipfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bench import report, resolutions, spares
from bench.measure import Contender, Launcher, interleave
from bench.mirror import Server
from bench.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.__main__ import Workbench

PAGE = report.HOME / "docs" / "explanation" / "benchmarks.md"
ROUNDS = int(os.environ.get("WEFT_BENCH_ROUNDS", "5"))
RESULTS = report.LATEST.with_name("growth.json")
PACKAGES = (10, 100, 500, 2_000)
ENVIRONMENTS = (1, 10, 100, 1_000)
ENTRIES = (1, 100, 10_000, 100_000)
BLOCK = 20_000

_ONE = {"packages": "package", "environments": "environment", "entries": "entry"}
_START, _END = "<!-- Written by bench/growth.py -->\n", "<!-- To here -->"

#: size -> {what was timed: (median seconds, least seconds of processor time)}
Figures = dict[int, dict[str, tuple[float, float]]]


def name_of(number: int) -> str:
    return f"grown{number:05}"


def make_site(site: Path, count: int, modules: int) -> None:
    """An index of `count` packages, in the form that the mirror serves."""
    files = site / "files"
    files.mkdir(parents=True)
    for number in range(count):
        name = name_of(number)
        wheel = files / f"{name}-1.0-py3-none-any.whl"
        metadata = make_wheel(wheel, number, modules)
        Path(f"{wheel}.metadata").write_text(metadata)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        page = site / "simple" / name / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text(f'<a href="/files/{wheel.name}#sha256={digest}">{wheel.name}</a>')


def make_wheel(path: Path, number: int, modules: int) -> str:
    """A wheel with a package of some modules, or one module alone; its metadata."""
    name = name_of(number)
    info = f"{name}-1.0.dist-info"
    needs = f"Requires-Dist: {name_of(number // 2)}\n" if number else ""
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}"
    texts = {f"{name}/module{at}.py": f"value = {at}\n" for at in range(modules - 1)}
    texts[f"{name}/__init__.py" if modules > 1 else f"{name}.py"] = f"number = {number}\n"
    texts[f"{info}/METADATA"] = metadata
    texts[f"{info}/WHEEL"] = (
        "Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    texts[f"{info}/RECORD"] = "".join([f"{each},,\n" for each in [*texts, f"{info}/RECORD"]])
    with zipfile.ZipFile(path, "w") as archive:
        for inner, text in texts.items():
            archive.writestr(inner, text)
    return metadata


def packages(bench: Workbench) -> Figures:
    """Environments of 10 to 2,000 packages, and uv's beside."""
    figures: Figures = {}
    for size in PACKAGES:
        listing = bench.root / f"{size}.txt"
        listing.write_text("".join([f"{name_of(number)}\n" for number in range(size)]))
        flags = ["--offline", "--link-mode", "hardlink", "-r", str(listing)]
        fresh, standing = [], []
        for tool in ("uv", "weft"):
            full = bench.environment(f"full-{tool}")
            bench.call(tool, "pip", "install", "-q", "--python", full, "-r", str(listing))
            name = f"{size}-{tool}"
            install = _install(bench, tool, str(bench.root / name), *flags)
            install.before = partial(_new_environment, bench, name)
            install.after = partial(_drop, bench, name)
            fresh.append(install)
            standing.append(_install(bench, tool, full, *flags))
        rounds = min(ROUNDS, 3) if size > 500 else ROUNDS
        for made in (fresh, standing):
            interleave(made, rounds=rounds, cwd=str(bench.root))
        found = {f"install {each.name}": each for each in fresh}
        found |= {f"no-op {each.name}": each for each in standing}
        figures[size] = {key: _figure(each) for key, each in found.items()}
        bench.drop("full-uv", "full-weft")
    return figures


def environments(bench: Workbench) -> Figures:
    """1 to 1,000 environments of ten packages that one cache has filled."""
    names = [name_of(number) for number in range(10)]
    model = Path(bench.environment("model"))
    first = str(bench.root / "environment-0")
    figures: Figures = {}
    made: list[tuple[float, float]] = []
    with Launcher() as launcher:
        for number in range(max(ENVIRONMENTS)):
            place = bench.root / f"environment-{number}"
            shutil.copytree(model, place, symlinks=True)
            online = [] if number == 0 else ["--offline"]
            each = _install(bench, "weft", str(place), *online, *names)
            run = launcher.run(each.command(number), each.environ, str(bench.root))
            made.append((run.wall, run.cpu))
            if number + 1 in ENVIRONMENTS:
                noop = _install(bench, "weft", first, "--offline", *names)
                again = _install(bench, "weft", str(bench.root / "one-more"), "--offline", *names)
                again.before = partial(_copy, model, bench.root / "one-more")
                interleave([noop], rounds=ROUNDS, cwd=str(bench.root))
                interleave([again], rounds=ROUNDS, cwd=str(bench.root))
                shutil.rmtree(bench.root / "one-more")
                found = {"install of one more": again, "no-op in the first": noop}
                figures[number + 1] = {key: _figure(one) for key, one in found.items()}
    return figures


def entries(bench: Workbench) -> Figures:
    """A cache of 1 to 100,000 entries, of which the commands need one."""
    path = bench.environment("entries")
    bench.call("weft", "pip", "install", "-q", "--python", path, name_of(0))
    model = Path(bench.environment("model"))
    figures: Figures = {}
    done = 1
    for size in ENTRIES:
        multiply(bench.root / "cache-weft", range(done, size))
        done = size
        words = ["--offline", name_of(0)]
        noop = _install(bench, "weft", path, *words)
        install = _install(bench, "weft", str(bench.root / "one-more"), *words)
        install.before = partial(_copy, model, bench.root / "one-more")
        solve = _install(bench, "weft", str(model), "--dry-run", *words)
        solve.environ["WEFT_REUSE_RESOLUTIONS"] = "0"
        spare = _install(bench, "weft", str(bench.root / "one-spare"), "--spares", *words)
        spare.before = partial(_copy, model, bench.root / "one-spare")
        spare.behind = partial(spares.settle, bench)
        found = {"no-op": noop, "install": install, "with spares": spare, "solve": solve}
        for each in found.values():
            interleave([each], rounds=ROUNDS, cwd=str(bench.root))
        figures[size] = {key: _figure(each) for key, each in found.items()}
    return figures


def multiply(cache: Path, numbers: range) -> None:
    """More entries, ten to a project, with their pointers, pages and metadata.

    They are links to those of the first package, anew for each block, as ext4 has 65,000 links.
    """
    for start in range(numbers.start, numbers.stop, BLOCK):
        block = range(start, min(start + BLOCK, numbers.stop))
        _multiply(cache, block, Path(f"{cache}-model-{start}"))


def _multiply(cache: Path, numbers: range, model: Path) -> None:
    entry = next(cache.glob(f"entries-v1/*/*/tree/{name_of(0)}.py")).parent.parent
    shutil.copytree(entry, model / "entry")
    folders, files = [], []
    for folder, _, inside in os.walk(model / "entry"):
        below = folder.removeprefix(f"{model}/entry")
        folders.append(below)
        files += [(f"{folder}/{name}", f"{below}/{name}") for name in inside]
    notes = []
    for path in cache.glob(f"*-v1/**/{name_of(0)}/*"):
        if path.parts[len(cache.parts)].startswith(("wheels", "simple", "metadata")):
            copy = model / f"note-{len(notes)}"
            shutil.copyfile(path, copy)
            notes.append((copy, str(path)))
    for number in numbers:
        name = hashlib.sha256(b"%d" % number).hexdigest()
        place = cache / "entries-v1" / name[:2] / name
        os.makedirs(place.parent, exist_ok=True)
        for below in folders:
            os.mkdir(f"{place}{below}")
        for path, below in files:
            os.link(path, f"{place}{below}")
        for copy, path in notes:
            target = path.replace(f"/{name_of(0)}/", f"/copied{number // 10:05}/")
            target = target.replace("-1.0-", f"-{number}-")
            if number == numbers.start or number % 10 == 0:
                os.makedirs(os.path.dirname(target), exist_ok=True)
            if not os.path.exists(target):
                os.link(copy, target)


def _install(bench: Workbench, tool: str, path: str, *words: str) -> Contender:
    from bench.__main__ import contender

    line = ["pip", "install", "--python", path, *words]
    return contender(bench, tool, lambda _number: line)


def _new_environment(bench: Workbench, name: str, _number: int) -> None:
    bench.environment(name)
    os.sync()


def _drop(bench: Workbench, name: str, _number: int) -> None:
    bench.drop(name)


def _copy(model: Path, place: Path, _number: int) -> None:
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(model, place, symlinks=True)


def _figure(each: Contender) -> tuple[float, float]:
    return each.median(), min(run.cpu for run in each.runs)


def line(points: dict[int, float]) -> tuple[float, float]:
    """`fixed, slope` of the straight line with the least squares of relative errors."""
    weights = {count: 1 / value**2 for count, value in points.items()}
    total = sum(weights.values())
    middle = sum(weights[count] * count for count in points) / total
    mean = sum(weights[count] * value for count, value in points.items()) / total
    slope = sum(
        weights[count] * (count - middle) * (value - mean) for count, value in points.items()
    ) / sum(weights[count] * (count - middle) ** 2 for count in points)
    return mean - slope * middle, slope


def table(figures: Figures, what: str) -> str:
    """Sizes as rows; median, processor time and, for packages, time per package; then the fit."""
    sizes = list(figures)
    keys = list(figures[sizes[0]])
    rows = [f"  {what:>14}" + "".join([f"  {key:>24}" for key in keys])]
    for size in sizes:
        cells = []
        for key in keys:
            wall, cpu = figures[size][key]
            text = f"{wall * 1e3:.1f} ms"
            text += f" {wall / size * 1e6:6.0f} µs each" if what == "packages" else (
                f" (cpu {cpu * 1e3:.1f})"
            )  # fmt: skip
            cells.append(f"  {text:>24}")
        rows.append(f"  {size:>14,}" + "".join(cells))
    for at, label in ((0, "of wall clock"), (1, "of processor")):
        for key in keys:
            points = {size: figures[size][key][at] for size in sizes}
            rows.append(f"  {key} {label}: {_fitted(points, what)}")
    return "\n".join(rows)


def _fitted(points: dict[int, float], what: str) -> str:
    fixed, slope = line(points)
    text = f"{fixed * 1e3:.1f} ms {slope * 1e6:+.3g} µs per {_ONE[what]}"
    *_, before, last = sorted(points)
    if what == "packages":
        bend = points[last] / points[before] / (last / before)
        return f"{text}; from {before:,} to {last:,}: {bend:.2f} times the growth of {what}"
    return f"{text}; {slope * last * 1e3:+.1f} ms at {last:,}"


def resolver(_bench: Workbench) -> Figures:
    """The resolver alone, 10 to 10,000 packages."""
    found = resolutions.growth()
    return {int(size): {"resolver": (each * int(size),) * 2} for size, each in found.items()}


class Part(NamedTuple):
    """What is done, what grows, and the index for it: packages, modules in each."""

    work: Callable[[Workbench], Figures]
    what: str
    count: int
    modules: int


PARTS = {
    "growth-resolver": Part(resolver, "packages", 1, 1),
    "growth-packages": Part(packages, "packages", max(PACKAGES), 5),
    "growth-environments": Part(environments, "environments", 10, 5),
    "growth-entries": Part(entries, "entries", 1, 1),
}


def measure(names: list[str]) -> list[str]:
    """Run parts, each on a volume of its own; the names of those that failed."""
    from bench.__main__ import Workbench

    failed = []
    for name in names:
        part = PARTS[name]
        try:
            with Volume("16G", inodes=1_500_000) as root:
                site = root / "site"
                make_site(site, part.count, part.modules)
                with Server(site) as index:
                    figures = part.work(Workbench(root, index, site))
        except Exception as error:
            failed.append(name)
            print(f"{name}: FAILED: {error}", flush=True)
            continue
        print(f"{name}: {part.work.__doc__}\n{table(figures, part.what)}", flush=True)
        _keep(name, figures)
    return failed


def _keep(name: str, figures: Figures) -> None:
    known = report.read_json(RESULTS)
    sizes = {
        str(size): {key: {"median": wall, "cpu": cpu} for key, (wall, cpu) in found.items()}
        for size, found in figures.items()
    }
    report.write(RESULTS, {**known, name: {**report.circumstances(), "sizes": sizes}})
    document(PAGE, report.read_json(RESULTS))


def document(page: Path, results: dict[str, Any]) -> None:
    """Put the figures into their place in the page about the bench."""
    before, _, rest = page.read_text().partition(_START)
    _, _, after = rest.partition(_END)
    page.write_text(f"{before}{_START}{markdown(results)}{_END}{after}")


def markdown(results: dict[str, Any]) -> str:
    """A table per part, of medians, with the fitted line below each column."""
    parts = [name for name in PARTS if name in results]
    lines = []
    for name in parts:
        found, what = results[name], PARTS[name].what
        sizes = {int(size): each for size, each in found["sizes"].items()}
        keys = list(next(iter(sizes.values())))
        lines += [f"| {what} | {' | '.join(keys)} |", "|--:" * (len(keys) + 1) + "|"]
        for size, each in sizes.items():
            cells = [f"{each[key]['median'] * 1e3:.1f} ms" for key in keys]
            lines.append(f"| {size:,} | {' | '.join(cells)} |")
        fits = [line({size: each[key]["median"] for size, each in sizes.items()}) for key in keys]
        cells = [f"{fixed * 1e3:.1f} ms {slope * 1e6:+.3g} µs" for fixed, slope in fits]
        lines.append(f"| at first, and for each {_ONE[what]} | {' | '.join(cells)} |")
        versions = ", ".join([f"{each} {text}" for each, text in found["versions"].items()])
        place = f"{found['machine']}, load {found['load']}"
        lines += ["", f"Measured {found['date']}; {place}; {versions}.", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(int(bool(measure(sys.argv[1:] or list(PARTS)))))
