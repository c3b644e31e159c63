"""What requirements mean, asked of weft and of uv on one index.

Both compile the same request; pins, annotations and exit codes have to be the same. The wording of
failures is the matter of other tests.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.sdists import Entry, make_archive
from tests.support.wheels import make_wheel

UV = Path(sys.executable).with_name("uv")
PROJECT = '[project]\nname = "proj"\nversion = "1"\nrequires-python = ">=3.8"\n'


def fill(near: Path, far: Path) -> None:
    """Two indexes full of special cases."""
    plain = {
        "pre": "1.0 2.0b1 2.0rc1", "onlypre": "1.0a1 1.0b2", "epo": "2.0 1!0.5 1!1.0",
        "gone": "1.0 1.1 1.2", "allgone": "1.0", "oil": "1.0 1.5 2.0 3.0",
        "loc": "1.0 1.0+cpu 1.1+cpu 1.1+cu2 1.1+2",
        "pos": "1.0 1.0.post1 1.0.dev1 1.1.dev2", "wick": "1.0 1.5 2.0", "dated": "1.0 2.0 3.0",
        "undated": "1.0 2.0", "split": "1.0", "bad": "1.0", "selfbad": "1.0", "worse": "1.0",
    }  # fmt: skip
    for name, versions in plain.items():
        for version in versions.split():
            make_wheel(near, name, version)
    needing = {
        "wantspre": ["pre>=2.0b1"], "capspre": ["pre<2.0"], "wantsgone": ["gone==1.2"],
        "wantsloc": ["loc==1.0"], "legacy": ["wick==1.*,!=1.0", "oil~=2.0"], "deep": ["app[all]"],
        "exacts": ["oil===1.5"], "odd": ["oil (>=1.0<2.0)", "wick>dev"], "lost": ["nowhere"],
        "loop": ["pool"], "pool": ["loop[e]"],
    }  # fmt: skip
    for name, requires in needing.items():
        make_wheel(near, name, "1.0", requires=requires)
    extras = {"all": ["app[x,y]"], "x": ["wick<2"], "y": ["oil<3"], "own": ["app"]}
    make_wheel(near, "app", "1.0", requires=["wick"], extras=extras)
    make_wheel(near, "app", "0.9", requires=["wick"], extras={"x": []})
    make_wheel(near, "bad", "2.0", requires=["oil~=1"])
    make_wheel(near, "worse", "2.0", requires_python=">=3.x")
    make_wheel(near, "selfbad", "2.0", requires=["selfbad<2"])
    make_wheel(near, "abroad", "1.0", tag="cp311-cp311-win32", requires=["oil<2"])
    failing = Entry("abroad-1.0/setup.py", b"raise SystemExit('nobody builds this')\n")
    make_archive(near, files=[failing], filename="abroad-1.0.tar.gz")
    failing = Entry("later-1.0/setup.py", b"raise SystemExit('for later Pythons')\n")
    make_archive(near, files=[failing], filename="later-1.0.tar.gz")
    for name, version in (("split", "1.5"), ("split", "2.0"), ("oil", "9.0")):
        make_wheel(far, name, version)
    make_wheel(far, "faronly", "1.0", requires=["split>=1.5"])


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[IndexServer, IndexServer]]:
    top = tmp_path_factory.mktemp("places")
    fill(top / "near", top / "far")
    times = {
        "dated-1.0-py3-none-any.whl": "2024-01-01T00:00:00Z",
        "dated-2.0-py3-none-any.whl": "2024-02-01T00:00:00.000000Z",
        "dated-3.0-py3-none-any.whl": "2024-03-01T12:00:00.5Z",
        "undated-1.0-py3-none-any.whl": "2024-01-01T00:00:00Z",
    }
    yanked = {"gone-1.2-py3-none-any.whl": "broken", "allgone-1.0-py3-none-any.whl": ""}
    near = IndexServer(top / "near", format="json", yanked=yanked, upload_times=times)
    near.requires_python = {"worse-2.0-py3-none-any.whl": ">=3.x", "later-1.0.tar.gz": ">=3.80"}
    with near, IndexServer(top / "far") as far:
        yield near, far


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What both keep between the cases."""
    return tmp_path_factory.mktemp("kept")


class Both:
    """The same request to both tools."""

    def __init__(self, weft: Weft, kept: Path, near: IndexServer, far: IndexServer) -> None:
        self.weft = weft
        self.kept = kept
        self.near = near
        self.far = far

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            text = text.replace("{near}", self.near.origin).replace("{far}", self.far.origin)
            (self.weft.cwd / name).write_text(text)

    def agree(self, source: str, *options: str, indexed: bool = True) -> str:
        """What both print, after having compared it; the error of weft where there is none."""
        words = ["pip", "compile", "--no-header", source, "--python", sys.executable]
        words += [each.replace("{far}", self.far.origin) for each in options]
        if indexed:
            words += ["--default-index", self.near.url]
        ours = self.weft(*words, WEFT_CACHE_DIR=str(self.kept / "weft"))
        theirs = subprocess.run(
            [UV, *words],
            cwd=self.weft.cwd,
            env={"HOME": str(self.kept), "UV_CACHE_DIR": str(self.kept / "uv"), "NO_COLOR": "1"},
            capture_output=True, text=True,
        )  # fmt: skip
        assert (ours.code, ours.out) == (theirs.returncode, theirs.stdout), ours.err + theirs.stderr
        assert "Traceback" not in ours.err
        return ours.out or ours.err


@pytest.fixture
def both(tmp_path: Path, kept: Path, places: tuple[IndexServer, IndexServer]) -> Both:
    return Both(Weft(tmp_path), kept, *places)


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        ("if-necessary", "pre"),
        ("if-necessary", "wantspre\nonlypre"),
        ("if-necessary", "capspre\nonlypre<1.0b2"),
        ("explicit", "pre>=2.0b1"),
        ("explicit", "pre===2.0rc1"),
        ("explicit", "onlypre"),
        ("explicit", "wantspre"),
        ("explicit", "pre>=2.0b1 ; python_version < '3'\nwantspre"),
        ("disallow", "pre>=2.0b1"),
        ("disallow", "onlypre"),
        ("allow", "pre<2.0\nonlypre"),
    ],
)
def test_pre_releases(both: Both, mode: str, text: str) -> None:
    both.write({"requirements.in": text})
    both.agree("requirements.in", f"--prerelease={mode}")


@pytest.mark.parametrize(
    "text",
    [
        "loc\ngone\nepo\npos", "loc==1.0\nepo<1!0\npos>1.0", "loc==1.0+cpu\npos>=1.1.dev1",
        "loc>=1.1\ngone===1.2", "loc>1.0+cpu", "loc<=1.0\ngone==1.2", "loc!=1.1+cpu", "loc===1.0",
        "wantsloc\nloc==1.0+cpu", "gone>1.1", "gone==1.2.*", "allgone", "allgone==1.0",
        "wantsgone", "wantsgone\ngone==1.2", "wantsgone\ngone==1.2 ; python_version < '3'",
        "pos<1.1\noil===01.5", "exacts\noil>2", "oil>2,<2", "odd\nbad\nworse", "bad==2.0", "lost",
    ],
)  # fmt: skip
def test_versions(both: Both, text: str) -> None:
    both.write({"requirements.in": text})
    both.agree("requirements.in")


@pytest.mark.parametrize(
    "text",
    [
        "app[all]", "app[x]\napp[Y]", "app[own]", "app[nope]", "deep", "loop", "selfbad",
        "app[all]\noil>=3",
        "oil @ {near}/files/oil-1.5-py3-none-any.whl\nexacts",
        "oil @ {near}/files/oil-1.5-py3-none-any.whl\noil>2",
        "app[x] @ {near}/files/app-1.0-py3-none-any.whl",
        "loc @ {near}/files/loc-1.0+cpu-py3-none-any.whl\nwantsloc",
        "pre @ {near}/files/pre-2.0rc1-py3-none-any.whl\nwantspre",
    ],
)  # fmt: skip
def test_extras_and_urls(both: Both, text: str) -> None:
    both.write({"requirements.in": text})
    both.agree("requirements.in")


@pytest.mark.parametrize(
    ("text", "option", "limits"),
    [
        ("app[all]", "--constraints", "wick==1.0"),
        ("legacy", "--constraints", "oil<2.0"),
        ("legacy", "--constraints", "oil==1.0 ; python_version < '3'"),
        ("exacts", "--constraints", "oil @ {near}/files/oil-1.5-py3-none-any.whl"),
        ("wantspre", "--constraints", "pre==2.0b1"),
        ("app[all]", "--overrides", "wick"),
        ("legacy", "--overrides", "oil ; python_version < '3'"),
        ("wantsgone", "--overrides", "gone==1.2"),
        ("exacts", "--overrides", "oil @ {near}/files/oil-3.0-py3-none-any.whl"),
        ("app[all]==1.0", "--overrides", "app==0.9"),
        ("app[all]", "--overrides", "app[x]"),
        ("app[all]\nlost", "--excludes", "wick\nnowhere"),
        ("app[all]", "--excludes", "app"),
    ],
)
def test_limits(both: Both, text: str, option: str, limits: str) -> None:
    both.write({"requirements.in": text, "limits.txt": limits})
    both.agree("requirements.in", option, "limits.txt")


@pytest.mark.parametrize("text", ["dated\nundated", "oil"])
@pytest.mark.parametrize(
    "options",
    [
        ["--exclude-newer=2024-01-31"],
        ["--exclude-newer=2024-02-01"],
        ["--exclude-newer=2024-03-01T12:00:01Z"],
        ["--exclude-newer=2024-01-15", "--exclude-newer-package=dated=false"],
        ["--exclude-newer-package=undated=2024-02-15", "--exclude-newer-package=dated=2024-02-15"],
    ],
)
def test_ages_of_files(both: Both, text: str, options: list[str]) -> None:
    both.write({"requirements.in": text})
    both.agree("requirements.in", *options)


@pytest.mark.parametrize("limit", ['"2024-01-15"', "false", '"2024-02-15"'])
@pytest.mark.parametrize(
    "options",
    [[], ["--exclude-newer=2024-01-20"], ["--exclude-newer-package=dated=2024-02-20"]],
)
def test_an_index_has_a_limit_of_age_of_its_own(both: Both, limit: str, options: list[str]) -> None:
    index = f'[[tool.uv.index]]\nurl = "{{near}}/simple"\ndefault = true\nexclude-newer = {limit}\n'
    both.write({"pyproject.toml": f'{PROJECT}dependencies = ["dated"]\n{index}'})
    both.agree("pyproject.toml", *options, indexed=False)


def test_files_without_a_date_are_warned_of(both: Both) -> None:
    both.write({"requirements.in": "undated"})
    done = both.weft(
        "pip", "compile", "requirements.in", "--exclude-newer=2024-02-15",
        "--default-index", both.near.url, "--python", sys.executable,
    )  # fmt: skip
    assert done.lines[0] == (
        "warning: `undated-2.0-py3-none-any.whl` is missing an upload date, but user provided: "
        "2024-02-16T00:00:00Z"
    )


@pytest.mark.parametrize("strategy", ["first-index", "unsafe-first-match", "unsafe-best-match"])
@pytest.mark.parametrize("text", ["split\noil", "split>=1.5", "faronly"])
def test_several_indexes(both: Both, text: str, strategy: str) -> None:
    both.write({"requirements.in": text})
    both.agree("requirements.in", f"--index-strategy={strategy}", "--extra-index-url={far}/simple")


@pytest.mark.parametrize(
    ("needed", "pinned"),
    [
        ('"oil", "split"', 'split = { index = "far" }'),
        ('"faronly"', 'faronly = { index = "far" }'),
        ('"faronly", "split"', 'faronly = { index = "far" }\nsplit = { index = "far" }'),
        ('"split"', """split = [{ index = "far", marker = "python_version < '3'" }]"""),
        ('"split"', ""),
    ],
)
def test_explicit_indexes(both: Both, needed: str, pinned: str) -> None:
    index = '[[tool.uv.index]]\nname = "far"\nurl = "{far}/simple"\nexplicit = true\n'
    sources = f"[tool.uv.sources]\n{pinned}\n"
    both.write({"pyproject.toml": f"{PROJECT}dependencies = [{needed}]\n{index}{sources}"})
    both.agree("pyproject.toml")


@pytest.mark.parametrize(
    ("needed", "told"),
    [
        ("app", 'version = "1.0"\nrequires-dist = ["oil<2"]'),
        ("app", 'requires-dist = ["oil<2"]\nrequires-python = ">=3.99"'),
        ("app", 'version = "0.9"\nrequires-dist = ["oil<2"]'),
        (
            "app[q]",
            "version = '1.0'\nrequires-dist = [\"oil<2 ; extra=='q'\"]\nprovides-extra = ['q']",
        ),
        ("app @ {near}/files/app-1.0-py3-none-any.whl", 'requires-dist = ["oil<2"]'),
    ],
)
def test_metadata_that_the_user_has_written(both: Both, needed: str, told: str) -> None:
    table = f'[[tool.uv.dependency-metadata]]\nname = "app"\n{told}\n'
    both.write({"pyproject.toml": f'{PROJECT}dependencies = ["{needed}"]\n{table}'})
    both.agree("pyproject.toml")


def test_metadata_that_the_user_has_written_is_not_kept(both: Both) -> None:
    table = '[[tool.uv.dependency-metadata]]\nname = "app"\nrequires-dist = ["oil<2"]\n'
    both.write({"pyproject.toml": f'{PROJECT}dependencies = ["app"]\n{table}'})
    assert "oil==1.5" in both.agree("pyproject.toml")
    both.write({"pyproject.toml": f'{PROJECT}dependencies = ["app"]\n'})
    assert "wick==2.0" in both.agree("pyproject.toml")


def test_nothing_is_built_where_a_wheel_for_elsewhere_tells(both: Both) -> None:
    both.write({"requirements.in": "abroad"})
    assert "oil==1.5" in both.agree("requirements.in")


def test_a_source_that_no_python_here_can_ask_is_passed_over(both: Both) -> None:
    both.write({"requirements.in": "later"})
    told = both.agree("requirements.in", "--python-version=3.80")
    assert "Generating metadata for this package requires Python >=3.80" in told


def test_a_python_without_a_patch_is_the_first_of_its_minor_version(both: Both) -> None:
    minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
    requires = f"oil ; python_full_version > '{minor}.0'\nwick ; python_full_version == '{minor}.0'"
    both.write({"requirements.in": requires})
    assert both.agree("requirements.in", f"--python-version={minor}").startswith("wick==2.0\n")


@pytest.mark.parametrize(
    "table",
    [
        '[[tool.uv.index]]\nname = "far"\n',
        '[[tool.uv.index]]\nurl = "{far}/simple"\nexclude-newer = "nonsense"\n',
        '[tool.uv]\nconstraint-dependencies = ["a b"]\n',
        '[tool.uv]\nindex-strategy = "nonsense"\n',
    ],
)
def test_a_project_whose_indexes_cannot_be_read_is_not_resolved_without_them(
    both: Both, table: str
) -> None:
    both.write({"pyproject.toml": f'{PROJECT}dependencies = ["split"]\n{table}'})
    both.agree("pyproject.toml")
