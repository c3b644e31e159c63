"""`--show-settings` names the place of every value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import Weft


@pytest.fixture
def weft(tmp_path: Path) -> Weft:
    return Weft(tmp_path)


PROJECT = """[project]
name = "mine"
version = "1"

[tool.uv]
offline = true
find-links = ["one"]

[tool.uv.pip]
resolution = "lowest"
find-links = ["two"]

[tool.weft]
link-mode = "copy"
[[tool.weft.index]]
url = "https://u:s3cret@h.example/simple"
"""
USER = 'find-links = ["three"]\nhttp-proxy = "http://u:s3cret@proxy:1"\n'


def arrange(weft: Weft) -> tuple[Path, Path]:
    project = weft.cwd / "pyproject.toml"
    project.write_text(PROJECT)
    user = weft.home / ".config" / "weft" / "weft.toml"
    user.parent.mkdir(parents=True)
    user.write_text(USER)
    return project, user


def test_files_are_named_with_their_lines(weft: Weft) -> None:
    project, user = arrange(weft)
    words = ("pip", "install", "x", "-f", "four", "--show-settings")
    done = weft.ok(*words, UV_KEYRING_PROVIDER="subprocess")
    lines = done.out.splitlines()
    assert f"offline = true  # {project}:6" in lines
    assert f'resolution = "lowest"  # {project}:10' in lines
    assert f'link_mode = "copy"  # {project}:14' in lines
    assert f'index = ["https://u:****@h.example/simple"]  # {project}:15' in lines
    assert f'http_proxy = "http://u:****@proxy:1"  # {user}:2' in lines
    assert 'keyring_provider = "subprocess"  # environment variable `UV_KEYRING_PROVIDER`' in lines
    (found,) = (line for line in lines if line.startswith("find_links"))
    assert found.endswith(f"  # -f, {project}:11, {project}:7, {user}:1")
    assert "s3cret" not in done.out


def test_machines_read_the_same_as_json(weft: Weft) -> None:
    project, _ = arrange(weft)
    words = ("pip", "install", "x", "--show-settings", "--settings-format", "json")
    done = weft.ok(*words, UV_INDEX="https://t0ken@i.example/simple", UV_HTTP_TIMEOUT="7")
    told = json.loads(done.out)
    assert told["command"] == "pip install"
    settings = told["settings"]
    assert settings["offline"] == {
        "value": True, "origins": [{"kind": "file", "name": str(project), "line": 6}],
    }  # fmt: skip
    assert settings["http_timeout"] == {
        "value": 7, "origins": [{"kind": "variable", "name": "UV_HTTP_TIMEOUT", "line": None}],
    }  # fmt: skip
    assert settings["packages"]["origins"] == [
        {"kind": "argument", "name": "[PACKAGE]...", "line": None}
    ]
    assert settings["show_settings"]["origins"][0]["kind"] == "option"
    assert settings["cache_dir"]["origins"][0]["name"] == "WEFT_CACHE_DIR"
    assert settings["dry_run"] == {"value": False, "origins": []}
    assert [index["url"] for index in settings["index"]["value"]] == [
        "https://****@i.example/simple", "https://u:****@h.example/simple",
    ]  # fmt: skip
    assert [origin["name"] for origin in settings["index"]["origins"]] == [
        "UV_INDEX", str(project),
    ]  # fmt: skip
    assert "t0ken" not in done.out and "s3cret" not in done.out


def test_secrets_of_options_are_not_shown(weft: Weft) -> None:
    words = ("auth", "login", "h.example", "--show-settings")
    for secret in (("--password", "s3cret"), ("--token", "s3cret")):
        for form in ("text", "json"):
            done = weft.ok(*words, *secret, "--settings-format", form)
            assert "s3cret" not in done.out + done.err
            assert "****" in done.out
    done = weft.ok("auth", "login", "https://u:s3cret@h.example", "--show-settings")
    assert 'service = "https://u:****@h.example"' in done.out
    assert not (weft.home / ".local").exists()


def test_nothing_is_carried_out(weft: Weft) -> None:
    weft.ok("venv", "--show-settings")
    assert list(weft.cwd.iterdir()) == []
