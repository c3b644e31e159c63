"""What commands write as JSON is what their schemas say."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.osv_server import OsvServer
from weft.ops.commands import Command
from weft.ops.commands_table import every_row
from weft.ops.options import options

SCHEMAS = Path(__file__).parents[2] / "docs" / "reference" / "schemas"

PROJECT = """\
[project]
name = "harbour"
version = "1"
requires-python = ">=3.11"
dependencies = ["lantern[bright]; python_version > '3.0'"]

[project.optional-dependencies]
more = ["oil"]
less = ["oil<2"]

[dependency-groups]
dev = ["wick"]

[tool.uv]
conflicts = [[{ extra = "more" }, { extra = "less" }]]
"""


def strict(schema: Any) -> Any:
    """The schema, with no other fields than its own."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(below) for key, below in schema.items()}
    if isinstance(made.get("properties"), dict):
        made["additionalProperties"] = False
    return made


def check(name: str, text: str) -> Any:
    """Hold a document against its schema; the document."""
    schema = json.loads((SCHEMAS / f"{name.replace(' ', '-')}.json").read_text())
    Draft202012Validator.check_schema(schema)
    document = json.loads(text)
    problems = [
        f"{'.'.join(map(str, error.absolute_path))}: {error.message[:500]}"
        for error in Draft202012Validator(strict(schema)).iter_errors(document)
    ]
    assert not problems, "\n".join(problems)
    return document


def test_sync_says_what_it_did(weft: Weft) -> None:
    (weft.cwd / "pyproject.toml").write_text(PROJECT)
    for words in ((), ("--dry-run",), ("--check",), ("--frozen",)):
        document = check("sync", weft("sync", "--output-format", "json", *words).out)
        assert document["target"] == "project"
    script = weft.cwd / "tool.py"
    script.write_text("# /// script\n# dependencies = ['oil']\n# ///\n")
    done = weft.ok("sync", "--script", "tool.py", "--output-format", "json")
    assert check("sync", done.out)["script"]["path"] == str(script)


def test_a_receipt_tells_every_file(weft: Weft) -> None:
    (weft.cwd / "pyproject.toml").write_text(PROJECT)
    weft.ok("sync", "--receipt", "receipt.json")
    document = check("receipt", (weft.cwd / "receipt.json").read_text())
    assert document["files"] > 10


@pytest.mark.parametrize(
    "words", [(), ("--invert",), ("--outdated", "--show-sizes"), ("--universal",)]
)
def test_a_tree_is_a_graph(weft: Weft, words: tuple[str, ...]) -> None:
    (weft.cwd / "pyproject.toml").write_text(PROJECT)
    document = check("tree", weft.ok("tree", "--format", "json", *words).out)
    for node in document["resolution"].values():
        assert all(edge["id"] in document["resolution"] for edge in node["dependencies"])


def test_metadata_of_a_workspace_is_its_whole_lock(weft: Weft) -> None:
    (weft.cwd / "pyproject.toml").write_text(PROJECT)
    document = check("workspace metadata", weft.ok("workspace", "metadata").out)
    assert len(document["conflicts"]["sets"][0]["items"]) == 2
    document = check("workspace metadata", weft.ok("workspace", "metadata", "--sync").out)
    assert "lantern" in document["modules"]


def test_members_and_scripts_are_told(weft: Weft) -> None:
    (weft.cwd / "pyproject.toml").write_text(PROJECT)
    (weft.cwd / "tool.py").write_text("# /// script\n# dependencies = []\n# ///\n")
    words = ("workspace", "list", "--output-format", "json")
    members = check("workspace list", weft.ok(*words).out)
    assert members == [{"name": "harbour", "path": str(weft.cwd)}]
    scripts = check("workspace list", weft.ok(*words, "--scripts").out)
    assert scripts == [{"path": str(weft.cwd / "tool.py")}]


def test_versions_are_told_before_and_after_a_change(weft: Weft) -> None:
    (weft.cwd / "pyproject.toml").write_text('[project]\nname = "harbour"\nversion = "1.0"\n')
    words = ("version", "--output-format", "json")
    assert check("version", weft.ok(*words).out)["version"] == "1.0"
    done = weft.ok(*words, "--bump", "minor", "--frozen")
    assert check("version", done.out)["version"] == "1.1"
    assert check("self version", weft.ok("self", *words).out)["package_name"] == "weft"


def test_an_update_of_weft_is_told_before_it_is_done(weft: Weft) -> None:
    done = weft("self", "update", "--dry-run", "--output-format", "json")
    assert check("self update", done.out)["version"]


def test_environments_are_told(weft: Weft) -> None:
    weft.venv()
    form = ("--output-format", "json")
    for words in (("--dry-run", "lantern"), ("lantern", "heater", "oil==4.0"), ("oil==3.0",)):
        document = check("pip install", weft.ok("pip", "install", *form, *words).out)
        assert document["changes"]
    (weft.cwd / "wanted.txt").write_text("lantern==1.0\noil==4.0\n")
    done = weft.ok("pip", "sync", *form, "wanted.txt")
    assert {row["action"] for row in check("pip install", done.out)["changes"]} == {
        "installed",
        "uninstalled",
    }
    assert check("pip list", weft.ok("pip", "list", "--format", "json").out)
    assert check("pip list", weft.ok("pip", "list", *form).out)
    assert check("pip freeze", weft.ok("pip", "freeze", *form).out)[0]["requirement"]
    assert check("pip show", weft.ok("pip", "show", *form, "oil", "lantern").out)
    assert not check("pip check", weft("pip", "check", *form).out)["compatible"]
    weft.ok("pip", "install", "oil==3.0", "wick==1.5")
    found = check("pip tree", weft.ok("pip", "tree", *form, "--outdated", "--show-sizes").out)
    assert found["packages"]["oil"]["latest_version"] == "4.0"
    assert found["packages"]["lantern"]["dependencies"][0] == {"name": "oil", "required": ">=2, <4"}
    found = check("pip tree", weft.ok("pip", "tree", *form, "--invert", "-d", "0").out)
    assert set(found["packages"]) == set(found["roots"]) == {"oil", "wick"}
    outdated = check("pip list", weft.ok("pip", "list", "--format", "json", "--outdated").out)
    assert {row["name"] for row in outdated} == {"oil", "wick"}
    assert check("pip check", weft.ok("pip", "check", *form).out) == {
        "compatible": True,
        "problems": [],
    }


def test_editables_are_told(weft: Weft, wheels: Path) -> None:
    weft.venv()
    site = weft.site_packages()
    info = site / "pier-2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pier\nVersion: 2\n")
    (info / "RECORD").write_text("pier.pth,,\n")
    url = json.dumps({"url": f"file://{weft.cwd}/pier", "dir_info": {"editable": True}})
    (info / "direct_url.json").write_text(url)
    for words in (("list", "--format", "json"), ("show", "--output-format", "json", "pier")):
        document = check(f"pip {words[0]}", weft.ok("pip", *words).out)
        assert document[0]["editable_project_location"] == str(weft.cwd / "pier")
    document = check("pip freeze", weft.ok("pip", "freeze", "--output-format", "json").out)
    assert document[0]["requirement"].startswith("-e ")


def test_downloads_are_told(weft: Weft) -> None:
    weft.venv()
    words = ("pip", "download", "lantern", "-d", "files", "--output-format", "json")
    for more, action in ((("--dry-run",), "would-save"), ((), "saved"), ((), "kept")):
        document = check("pip download", weft.ok(*words, *more).out)
        assert {row["action"] for row in document["files"]} == {action}


def test_pythons_are_told(weft: Weft) -> None:
    words = ("python", "list", "--output-format", "json")
    assert check("python list", weft.ok(*words, "--only-installed").out)
    assert check("python list", weft.ok(*words, "--only-downloads").out)


def test_tools_are_told(weft: Weft) -> None:
    words = ("tool", "list", "--output-format", "json")
    assert check("tool list", weft.ok(*words).out) == []
    weft.ok("tool", "install", "--python", sys.executable, "lantern<2", "--with", "mirror")
    assert check("tool list", weft.ok(*words).out)[0]["executables"]
    check("tool list", weft.ok(*words, "--outdated").out)


def test_the_cache_is_told(weft: Weft) -> None:
    form = ("--output-format", "json")
    for name in ("empty", "full"):
        assert check("cache dir", weft.ok("cache", "dir", *form).out)["path"] == str(weft.cache)
        check("cache size", weft.ok("cache", "size", *form).out)
        check("cache doctor", weft.ok("cache", "doctor", *form).out)
        weft.venv(name)
        weft.ok("pip", "install", "--python", name, "lantern")
    assert check("cache clean", weft.ok("cache", "prune", *form).out)["path"] == str(weft.cache)
    assert check("cache clean", weft.ok("cache", "clean", "lantern", *form).out)["files"] > 0
    assert check("cache clean", weft.ok("cache", "clean", *form).out)["bytes"] > 0
    assert check("cache clean", weft.ok("cache", "clean", *form).out)["files"] == 0


def test_credentials_are_explained(weft: Weft, index: IndexServer) -> None:
    (weft.home / ".netrc").write_text("machine 127.0.0.1 login jo password secret\n")
    (weft.home / ".netrc").chmod(0o600)
    for url in (index.url, "https://jo:secret@packages.example/simple"):
        done = weft("auth", "explain", url, "--output-format", "json")
        document = check("auth explain", done.out)
        assert any(row["found"] for row in document["sources"])
        assert "secret" not in done.out


def test_audits_are_told(weft: Weft) -> None:
    (weft.cwd / "pyproject.toml").write_text(PROJECT)
    weft.ok("lock")
    weft.ok("tool", "install", "--python", sys.executable, "lantern<2")
    with OsvServer() as osv:
        osv.add("GHSA-1", "lantern", ["1.0"], fixed=["1.1"], aliases=["CVE-1"])
        form = ("--output-format", "json", "--service-url", osv.url)
        found = check("audit", weft("audit", *form).out)
        assert found["vulnerabilities"][0]["dependency"]["name"] == "lantern"
        found = check("tool audit", weft("tool", "audit", "--all", *form).out)
        assert found["tools"][0]["summary"]["vulnerabilities"] == 1


def test_settings_are_told_with_their_origins(weft: Weft) -> None:
    (weft.cwd / "uv.toml").write_text('index-strategy = "unsafe-best-match"\n')
    done = weft.ok("sync", "-q", "--no-dev", "--show-settings", "--settings-format", "json")
    document = check("show settings", done.out)
    assert document["settings"]["no_dev"]["origins"]
    assert document["settings"]["index_strategy"]["origins"][0]["line"] == 1


def test_every_command_that_can_write_json_has_a_schema_and_a_test() -> None:
    shared = {"pip sync": "pip install", "cache prune": "cache clean", "clean": "cache clean"}
    foreign = {"export"}  # CycloneDX and pylock have schemas of their own
    source = Path(__file__).read_text()
    checked = set(re.findall(r'check\("([^"]+)"', source))
    for row in every_row():
        command = Command(row)
        found = [option for _, option in options(command.blocks) if not option.hidden]
        if any("json" in [value[0] for value in option.choices()] for option in found):
            name = shared.get(command.path, command.path)
            assert name in checked | foreign, command.path
            assert name in foreign or (SCHEMAS / f"{name.replace(' ', '-')}.json").exists()
    for schema in SCHEMAS.iterdir():
        assert schema.stem in {name.replace(" ", "-") for name in checked}
