"""`weft tool audit`: what is known about the packages in the environments of tools."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import Finished, Weft
from tests.support.osv_server import OsvServer
from tests.support.wheels import make_wheel


@pytest.fixture
def osv() -> Iterator[OsvServer]:
    with OsvServer() as server:
        server.add("GHSA-a", "oil", ["3.0"], fixed=["4.0"], aliases=["PYSEC-2026-9"])
        yield server


@pytest.fixture
def tools(weft: Weft, wheels: Path) -> Weft:
    """Two tools, one of which needs what is vulnerable."""
    make_wheel(wheels, "saw", "1.0", entry_points={"console_scripts": {"saw": "saw:main"}},
               files={"saw/__init__.py": "def main(): pass\n"})  # fmt: skip
    weft.environ["WEFT_PREVIEW"] = "1"
    weft.environ["WEFT_TOOL_DIR"] = str(weft.root / "tools")
    weft.environ["WEFT_TOOL_BIN_DIR"] = str(weft.root / "bin")
    for name in ("lantern==1.0", "saw"):
        weft.ok("tool", "install", name)
    return weft


def audit(weft: Weft, osv: OsvServer, *words: str) -> Finished:
    return weft("tool", "audit", "--service-url", osv.url, *words)


def test_all_tools_are_audited(tools: Weft, osv: OsvServer) -> None:
    done = audit(tools, osv, "--all")
    assert done.code == 1
    assert done.lines == [
        "Auditing `lantern`",
        "Found 1 known vulnerability and no adverse project statuses in 3 packages",
        "Auditing `saw`",
        "Found no known vulnerabilities and no adverse project statuses in 1 package",
    ]
    assert done.out == (
        "Tool `lantern`:\n\nVulnerabilities:\n\noil 3.0 has 1 known vulnerability:\n\n"
        "- PYSEC-2026-9: oil leaks\n\n  Fixed in: 4.0\n\n"
        "  Advisory information: https://example.com/GHSA-a\n\n"
    )


def test_named_tools_are_audited(tools: Weft, osv: OsvServer) -> None:
    assert audit(tools, osv, "saw").code == 0
    assert audit(tools, osv, "saw", "lantern").code == 1
    done = audit(tools, osv, "lantern", "--ignore", "GHSA-a", "--ignore", "X")
    assert done.code == 0
    warning = "warning: Ignored vulnerability `X` does not match any vulnerability in the selected"
    assert f"{warning} tools" in done.lines


def test_json_and_sarif_name_the_tool(tools: Weft, osv: OsvServer) -> None:
    document = json.loads(audit(tools, osv, "--all", "--output-format", "json").out)
    assert [each["name"] for each in document["tools"]] == ["lantern", "saw"]
    assert document["tools"][0]["summary"]["vulnerabilities"] == 1
    (run,) = json.loads(audit(tools, osv, "--all", "--output-format", "sarif").out)["runs"]
    (result,) = run["results"]
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert place == f"file://{tools.root}/tools/lantern"


def test_what_cannot_be_audited_is_told(tools: Weft, osv: OsvServer) -> None:
    done = audit(tools, osv, "nope")
    assert done.code == 2
    assert done.lines == ["error: `nope` is not installed; run `weft tool install nope` to install"]
    receipt = tools.root / "tools" / "saw" / "weft-receipt.toml"
    receipt.write_text("garbage [")
    done = audit(tools, osv, "saw")
    assert done.code == 2
    assert done.lines[0] == "error: Tool `saw` has an invalid receipt"
    done = audit(tools, osv, "--all")
    assert done.code == 1
    assert any(line.startswith("warning: Ignoring malformed tool `saw`") for line in done.lines)


def test_a_tool_or_all_tools_have_to_be_named(tools: Weft, osv: OsvServer) -> None:
    assert "<NAME>..." in audit(tools, osv).err
    done = audit(tools, osv, "--all", "saw")
    assert done.code == 2
    assert "error: the argument '--all' cannot be used with '<NAME>...'" in done.lines


def test_without_tools_there_is_nothing_to_audit(weft: Weft, osv: OsvServer) -> None:
    done = audit(weft, osv, "--all", "--preview")
    assert (done.code, done.lines) == (0, ["No tools installed"])
    done = audit(weft, osv, "--all", "--preview", "--output-format", "json")
    assert json.loads(done.out)["tools"] == []
