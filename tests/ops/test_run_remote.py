"""Scripts behind URLs, and those that lie in a gist, from a server on loopback."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.index_answers import redirect
from tests.support.index_server import IndexServer
from weft.core.errors import WeftError
from weft.core.events import silent
from weft.ops.context import Context
from weft.ops.run_remote import fetched, script_behind
from weft.ops.run_target import Target
from weft.ops.settings_values import Settings

HELLO = b"print('hello')\n"


@pytest.fixture
def github(tmp_path: Path) -> Iterator[IndexServer]:
    """Pages of gists, their API and their files: what a person sees is never a script."""
    with IndexServer(tmp_path) as server:
        page = ("text/html", b"<title>a gist</title>")
        server.pages |= {
            "/me/0a1b": page,
            "/me/0a1b/": page,
            "/raw/hello.py": ("text/plain", HELLO),
        }
        list_files(server, ("notes.txt", "notes"), ("hello.PY", "hello.py"), ("z.py", "z"))
        yield server


def list_files(server: IndexServer, *files: tuple[str, str]) -> None:
    listed = {name: {"raw_url": f"{server.origin}/raw/{at}"} for name, at in files}
    body = json.dumps({"files": listed, "id": "0a1b"}).encode()
    server.pages["/gists/0a1b"] = ("application/json", body)


def world(tmp_path: Path, **environ: str) -> Context:
    environ = {"HOME": str(tmp_path), **environ}
    return Context(
        Settings({"http_retries": 0}, {}), environ, cwd=str(tmp_path), platform="linux",
        sink=silent, out=print, now=time.time(),
    )  # fmt: skip


def behind(server: IndexServer, context: Context, path: str) -> tuple[bytes, str]:
    return script_behind(context, server.origin + path, gists=server.origin, api=server.origin)


def test_the_first_script_of_a_gist_is_taken(github: IndexServer, tmp_path: Path) -> None:
    assert behind(github, world(tmp_path), "/me/0a1b") == (HELLO, "hello.py")
    assert [asked.path for asked in github.requests] == ["/gists/0a1b", "/raw/hello.py"]
    assert [asked.headers.get("authorization") for asked in github.requests] == [None, None]


def test_without_a_script_the_first_file_is_taken(github: IndexServer, tmp_path: Path) -> None:
    github.pages["/raw/one"] = ("text/plain", b"1")
    list_files(github, ("one", "one"), ("two", "two"))
    assert behind(github, world(tmp_path), "/me/0a1b") == (b"1", "one")


@pytest.mark.parametrize("variable", ["WEFT_GITHUB_TOKEN", "UV_GITHUB_TOKEN"])
def test_the_token_goes_to_the_api_alone(
    github: IndexServer, tmp_path: Path, variable: str
) -> None:
    context = world(tmp_path, **{variable: "t0ken"})
    with IndexServer(tmp_path) as files:
        files.pages["/raw/hello.py"] = ("text/plain", HELLO)
        listed = {"hello.py": {"raw_url": f"{files.origin}/raw/hello.py"}}
        body = json.dumps({"files": listed}).encode()
        github.pages["/gists/0a1b"] = ("application/json", body)
        assert behind(github, context, "/me/0a1b") == (HELLO, "hello.py")
        sent = [asked.headers.get("authorization") for asked in github.requests]
        assert sent == ["Bearer t0ken"]
        assert [asked.headers.get("authorization") for asked in files.requests] == [None]


def test_a_redirect_to_a_gist_leads_to_its_script(github: IndexServer, tmp_path: Path) -> None:
    with IndexServer(tmp_path) as short:
        short.fail("/short", redirect(f"{github.origin}/me/0a1b/"))
        found = script_behind(
            world(tmp_path), f"{short.origin}/short", gists=github.origin, api=github.origin
        )
    assert found == (HELLO, "hello.py")


def test_other_urls_are_taken_as_they_are(github: IndexServer, tmp_path: Path) -> None:
    found = script_behind(
        world(tmp_path), f"{github.origin}/me/0a1b", gists="https://other.example"
    )
    assert found == (b"<title>a gist</title>", "0a1b")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"files": {}}', "No files found in the Gist"),
        (b"{}", "Failed to parse the list of files in the Gist"),
        (b"<html>", "Failed to parse the list of files in the Gist"),
        (b"[]", "Failed to parse the list of files in the Gist"),
        (b'{"files": {"a.py": {}}}', "Failed to parse the list of files in the Gist"),
        (
            b'{"files": {"a.py": {"raw_url": "file:///etc/passwd"}}}',
            "Failed to parse the list of files in the Gist",
        ),
    ],
)
def test_an_api_that_answers_nonsense_is_an_error(
    github: IndexServer, tmp_path: Path, body: bytes, message: str
) -> None:
    github.pages["/gists/0a1b"] = ("application/json", body)
    with pytest.raises(WeftError) as caught:
        behind(github, world(tmp_path), "/me/0a1b")
    assert caught.value.message == message


def test_an_address_without_a_gist_in_it_is_an_error(github: IndexServer, tmp_path: Path) -> None:
    github.pages["/discover"] = ("text/html", b"")
    with pytest.raises(WeftError) as caught:
        behind(github, world(tmp_path), "/discover")
    assert caught.value.message == "Invalid Gist URL format"


def test_a_script_is_put_into_a_file_of_its_name(github: IndexServer, tmp_path: Path) -> None:
    github.pages["/raw/no-suffix"] = ("text/plain", HELLO)
    for path, name in (("/raw/hello.py", "hello.py"), ("/raw/no-suffix?x=a/b.py", "script.py")):
        target = Target("remote", github.origin + path)
        found = fetched(world(tmp_path), target, str(tmp_path))
        assert os.path.basename(found.path) == name
        assert Path(found.path).read_bytes() == HELLO
    with pytest.raises(WeftError) as caught:
        fetched(world(tmp_path), Target("remote", f"{github.origin}/absent.py"), str(tmp_path))
    assert caught.value.exit_code == 2
