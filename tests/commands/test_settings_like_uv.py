"""What settings say is warned of, refused and written as uv does, by whatever way it comes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.beside_uv import Twins
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel

_PROJECT = '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.11"\n'
_OLD = "if-necessary-or-explicit"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    wheels = tmp_path_factory.mktemp("wheels")
    for version in ("1.0", "2.0a1"):
        make_wheel(wheels, "oil", version)
    with IndexServer(wheels) as server:
        yield server.url


@pytest.fixture
def twins(tmp_path: Path, index: str) -> Twins:
    twins = Twins(tmp_path, index)
    twins.write("pyproject.toml", f'{_PROJECT}dependencies = ["oil"]\n')
    twins.write("requirements.txt", "oil\n")
    return twins


@pytest.mark.parametrize(
    "words",
    [
        f"lock --prerelease {_OLD}",
        f"lock --prerelease-package oil={_OLD}",
        f"pip compile requirements.txt --no-header --prerelease {_OLD}",
        f"pip compile requirements.txt --no-header --prerelease {_OLD} --pre",
        f"lock -q --prerelease {_OLD}",
    ],
)
def test_the_old_name_of_a_mode_of_pre_releases_is_warned_of(words: str, twins: Twins) -> None:
    twins.same(*words.split())


def test_a_variable_with_the_old_name_is_warned_of_each_time(twins: Twins) -> None:
    for _ in range(2):
        twins.same("sync", UV_PRERELEASE=_OLD)
    twins.same("lock", "--prerelease", "allow", UV_PRERELEASE=_OLD)


@pytest.mark.parametrize(
    "text",
    [
        f'prerelease = "{_OLD}"\n',
        f'prerelease-package = {{ oil = "{_OLD}" }}\n',
        f'[pip]\nprerelease = "{_OLD}"\n',
    ],
)
def test_a_file_with_the_old_name_is_warned_of_where_it_counts(text: str, twins: Twins) -> None:
    twins.write("uv.toml", text)
    for words in ("venv", "pip install oil", "pip list", "lock", "init --bare other"):
        twins.same(*words.split())


@pytest.mark.parametrize(
    "text",
    [
        "preview-features = false",
        'preview-features = ["nosuch", "pylock"]',
        'preview-features = "pylock"',
        'exclude-newer = { timestamp = "2020-01-01T00:00:00Z" }',
        'exclude-newer = { timestamp = "2020-01-01T00:00:00Z", span = "P3D" }',
        'exclude-newer = { span = "P3D" }',
        "exclude-newer = true",
        "exclude-newer-package = { oil = true }",
        "cache-keys = 1",
        'index = [{ name = "a b", url = "https://example.org/" }]',
        'index = [{ url = "https://example.org/", explicit = true }]',
        "link-mode = 1",
        'keyring-provider = "x"',
    ],
)
def test_a_key_of_a_file_may_hold_what_it_may_for_uv(text: str, twins: Twins) -> None:
    twins.write("pyproject.toml", f"{_PROJECT}dependencies = []\n")
    twins.write("uv.toml", f"{text}\n")
    twins.same("lock", "--dry-run")
    for place in twins.places.values():
        (place / "uv.toml").unlink()
    twins.write("pyproject.toml", f"{_PROJECT}dependencies = []\n[tool.uv]\n{text}\n")
    twins.same("lock", "--dry-run")


def test_one_project_has_one_default_index(twins: Twins) -> None:
    rows = [f'{{ name = "{name}", url = "https://x.org/{name}", default = true }}' for name in "ab"]
    twins.write("pyproject.toml", f"{_PROJECT}[tool.uv]\nindex = [{', '.join(rows)}]\n")
    twins.same("lock", "--dry-run")


def test_features_that_nobody_knows_are_warned_of(twins: Twins) -> None:
    twins.same("venv", "--preview-features", "nosuch,pylock,other")
