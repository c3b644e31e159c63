"""The bench keeps what it measured, draws all of it, and fits lines that are straight."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import chart, growth, report, volume
from bench.__main__ import WORKLOADS
from bench.measure import CommandFailed, Contender, Launcher, Run, interleave, table

SVG = "{http://www.w3.org/2000/svg}"


def measured(name: str, *walls: float, every: int = 1) -> Contender:
    made = Contender(name, lambda _number: [], {}, every=every)
    made.runs = [Run(wall, wall, 1 << 20, 1 + at * every) for at, wall in enumerate(walls)]
    return made


def words(picture: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def test_a_run_of_one_workload_leaves_the_results_of_the_others(tmp_path: Path) -> None:
    kept = tmp_path / "latest.json"
    report.keep("noop", "nothing", [measured("uv", 2.0, 2.0), measured("weft", 1.0, 1.0)], kept)
    before = report.read(kept)["noop"]
    report.keep("warm", "links", [measured("uv", 2.0), measured("weft", 4.0)], kept)
    report.keep("warm", "links", [measured("uv", 2.0), measured("weft", 3.0)], kept)
    found = report.read(kept)
    assert list(found) == ["noop", "warm"]
    assert found["noop"] == before
    assert found["warm"]["contenders"]["weft"]["ratio"] == 1.5
    assert {"date", "machine", "versions", "load"} <= set(found["warm"])


def test_results_of_an_unknown_form_count_as_absent(tmp_path: Path) -> None:
    kept = tmp_path / "latest.json"
    kept.write_text(json.dumps({"noop": {"uv": {"median": 1.0}}}))
    assert report.read(kept) == {}
    kept.write_text("{")
    assert report.read(kept) == {}


def test_ratios_are_taken_within_a_round() -> None:
    base = measured("uv", 1.0, 2.0, 4.0, 4.0)
    slow = measured("pip", 10.0, 8.0, every=3)
    assert slow.pairs(base) == [2.0, 10.0]
    assert slow.quartiles(base) == (4.0, 8.0)
    assert "n=2" in table("title", [base, slow])


def test_the_chart_has_a_row_for_every_result_with_date_machine_and_versions() -> None:
    results = {
        name: {
            "about": "",
            "date": f"2026-01-0{day} 10:00 UTC",
            "load": 0.5,
            "first": False,
            "machine": machine,
            "versions": {"weft": "1.0", "uv": "0.13.8"},
            "contenders": {
                tool: {"median": seconds, "ratio": seconds, "quartiles": [seconds, seconds * 1.1],
                       "cpu": seconds, "peak": 1, "walls": [seconds]}
                for tool, seconds in {"uv": 1.0, **more}.items()
            },
        }
        for name, day, machine, more in (
            ("noop", 1, "one <&> machine", {"weft": 0.5, "pip": 60.0}),
            ("spare", 2, "one <&> machine", {"weft linked": 0.6, "weft spares": 0.04}),
            ("warm", 2, "another", {"weft": 1.3, "floor (C)": 0.5}),
            ("of-another-name", 2, "another", {"weft": 0.9}),
        )
    }  # fmt: skip
    told = words(chart.draw(results))
    assert {"0.50", "0.60", "0.04", "1.30", "0.90", "60 s"} <= set(told)
    assert "pip install, weft spares (a)" not in told
    assert {"pip install, spares (a)", "of-another-name (b)", "one <&> machine"} <= set(told)
    assert any("2026-01-01 to 2026-01-02" in each and "uv 0.13.8" in each for each in told)


def test_bars_lie_on_their_side_of_one() -> None:
    scale = chart.Scale([0.04, 1.4])
    assert chart.LEFT < scale.at(0.04) < scale.at(0.5) < scale.at(1.0) < scale.at(1.4)
    assert scale.at(1.4) <= chart.RIGHT
    assert scale.at(0.5) - scale.at(0.25) == pytest.approx(scale.at(1.0) - scale.at(0.5))


def test_every_label_of_the_chart_is_of_a_workload() -> None:
    labels = {name for group in chart.GROUPS.values() for name in group}
    optional = {"python-list-shims"}  # where pyenv is
    assert labels - optional <= set(WORKLOADS)
    assert set(WORKLOADS) - optional <= labels


def test_a_straight_line_is_found() -> None:
    points = {10: 20.1, 1_000: 30.0, 100_000: 1020.0}
    fixed, slope = growth.line(points)
    assert fixed == pytest.approx(20.0)
    assert slope == pytest.approx(0.01)


def test_figures_of_growth_get_into_the_page_once(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    text = growth.PAGE.read_text()
    page.write_text(text)
    about = {"date": "2026-01-01 10:00 UTC", "machine": "a machine", "load": 0.1}
    sizes = {str(size): {"no-op": {"median": 0.01, "cpu": 0.01}} for size in (1, 100)}
    result = {**about, "versions": {"uv": "1"}, "sizes": sizes}
    for _ in range(2):
        growth.document(page, {"growth-entries": result})
    told = page.read_text()
    assert told.count("| 100 | 10.0 ms |") == 1
    assert told.count("| at first, and for each entry | 10.0 ms +0 µs |") == 1
    assert told.count("2026-01-01 10:00 UTC; a machine, load 0.1; uv 1.") == 1
    assert told.partition("<!--")[0] == text.partition("<!--")[0]
    assert told.rpartition("-->")[2] == text.rpartition("-->")[2]


def test_contenders_take_turns_and_a_failure_tells_what_was_said(tmp_path: Path) -> None:
    order = []

    def contender(name: str, every: int = 1) -> Contender:
        return Contender(
            name, lambda _number: ["true"], {}, before=lambda _n: order.append(name), every=every
        )

    made = [contender("uv"), contender("weft"), contender("pip", every=3)]
    interleave(made, rounds=4, cwd=str(tmp_path))
    assert [len(each.runs) for each in made] == [4, 4, 2]
    assert order[:4] == ["uv", "weft", "weft", "pip"]
    assert [run.round for run in made[2].runs] == [1, 4]
    with Launcher() as launcher:
        command = ["sh", "-c", "echo so it is >&2; exit 3"]
        with pytest.raises(CommandFailed, match="3: so it is"):
            launcher.run(command, {"PATH": os.defpath}, str(tmp_path))


def test_peak_memory_is_of_the_command_alone(tmp_path: Path) -> None:
    ballast = bytearray(64 << 20)
    with Launcher() as launcher:
        run = launcher.run(["true"], {"PATH": os.defpath}, str(tmp_path))
    assert run.peak < len(ballast)


if not os.geteuid():  # mounting needs root

    def test_a_volume_goes_whatever_happens_and_what_was_killed_is_swept() -> None:
        with pytest.raises(RuntimeError), volume.Volume("8M", "tmpfs") as point:
            (point / "file").touch()
            raise RuntimeError
        assert not point.exists()
        script = (
            "import os; from bench.volume import Volume\n"
            "with Volume('8M', 'tmpfs') as point:\n"
            " print(point, flush=True); os.kill(os.getpid(), 9)"
        )
        root = Path(__file__).parents[2]
        killed = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True)
        left = Path(killed.stdout.decode().strip())
        assert left.is_mount()
        volume.sweep()
        assert not left.exists()
