"""`weft pip sync`, and lock files wherever they can be named."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.backends import make_project, make_sdist
from tests.support.commands import Weft
from tests.support.index_server import IndexServer
from tests.support.wheels import make_wheel

HEAD = 'lock-version = "1.0"\ncreated-by = "tests"\n'
Lock = Callable[..., Path]


def sha256(path: str | Path) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def table(name: str, version: str, body: str) -> str:
    known = f'version = "{version}"\n' if version else ""
    return f'[[packages]]\nname = "{name}"\n{known}{body}\n'


@pytest.fixture
def entry(index: IndexServer, wheels: Path) -> Callable[..., str]:
    """The inline table of a file of the index; `facts` replace or add fields."""

    def make(filename: str, **facts: str) -> str:
        fields = {"url": f'"{index.url.removesuffix("/simple")}/files/{filename}"'}
        fields |= facts
        fields.setdefault("hashes", f'{{ sha256 = "{sha256(wheels / filename)}" }}')
        return "{ " + ", ".join(f"{key} = {text}" for key, text in fields.items()) + " }"

    return make


@pytest.fixture
def wick(entry: Callable[..., str]) -> str:
    return table("wick", "2.0", f"wheels = [{entry('wick-2.0-py3-none-any.whl')}]")


@pytest.fixture
def lock(weft: Weft) -> Lock:
    """Writes a lock file with this body."""

    def write(body: str, path: str = "pylock.toml") -> Path:
        target = weft.cwd / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(HEAD + body)
        return target

    return write


# Requirements files.


def test_an_environment_gets_what_is_listed_and_nothing_else(weft: Weft) -> None:
    weft.venv()
    weft.ok("pip", "install", "lantern")
    (weft.cwd / "two.txt").write_text("wick==1.5\nlantern==1.0\n")
    done = weft.ok("pip", "sync", "two.txt")
    assert done.out == ""
    assert done.lines == [
        "Resolved 2 packages in T",
        "Prepared 1 package in T",
        "Uninstalled 2 packages in T",
        "Installed 1 package in T",
        " - oil==3.0",
        " - wick==2.0",
        " + wick==1.5",
    ]
    assert weft.ok("pip", "sync", "two.txt").lines == [
        "Resolved 2 packages in T",
        "Checked 2 packages in T",
    ]


def test_several_files_and_constraints_make_one_list(weft: Weft) -> None:
    weft.venv()
    (weft.cwd / "one.txt").write_text("wick\n")
    (weft.cwd / "two.txt").write_text("oil\n")
    (weft.cwd / "limits.txt").write_text("oil<3\nwick<2\nmirror<1\n")
    done = weft.ok("pip", "sync", "one.txt", "two.txt", "-c", "limits.txt")
    assert done.lines[-2:] == [" + oil==2.0", " + wick==1.5"]


def test_settings_for_resolving_do_not_count(weft: Weft) -> None:
    weft.venv()
    (weft.cwd / "uv.toml").write_text(
        'resolution = "lowest"\nconstraint-dependencies = ["oil<2"]\n[pip]\nno-deps = false\n'
    )
    (weft.cwd / "one.txt").write_text("oil\nlantern==1.0\n")
    done = weft.ok("pip", "sync", "one.txt")
    assert done.lines[-2:] == [" + lantern==1.0", " + oil==4.0"]


@pytest.mark.parametrize("only_tell", ["--dry-run", "--check"])
def test_what_would_happen_can_be_asked(weft: Weft, only_tell: str) -> None:
    weft.venv()
    weft.ok("pip", "install", "wick")
    (weft.cwd / "one.txt").write_text("oil==3.0\n")
    done = weft("pip", "sync", only_tell, "one.txt")
    assert done.code == (only_tell == "--check")
    assert done.lines == [
        "Resolved 1 package in T",
        "Would download 1 package",
        "Would uninstall 1 package",
        "Would install 1 package",
        " + oil==3.0",
        " - wick==2.0",
    ]
    assert (weft.site_packages() / "wick").is_dir()


def test_an_empty_file_changes_nothing_unless_it_may(weft: Weft) -> None:
    weft.venv()
    weft.ok("pip", "install", "wick")
    (weft.cwd / "empty.txt").write_text("# nothing\n")
    warning = "warning: Requirements file `empty.txt` does not contain any dependencies"
    assert weft.ok("pip", "sync", "empty.txt").lines == [
        warning,
        "No requirements found (hint: use `--allow-empty-requirements` to clear the environment)",
    ]
    assert (weft.site_packages() / "wick").is_dir()
    assert weft.ok("pip", "sync", "empty.txt", "--allow-empty-requirements").lines == [
        warning,
        "Resolved in T",
        "Uninstalled 1 package in T",
        " - wick==2.0",
    ]


def test_settings_files_may_allow_empty_files(weft: Weft) -> None:
    weft.venv()
    weft.ok("pip", "install", "wick")
    (weft.cwd / "uv.toml").write_text("[pip]\nallow-empty-requirements = true\n")
    (weft.cwd / "empty.txt").write_text("")
    assert weft.ok("pip", "sync", "empty.txt").lines[-1] == " - wick==2.0"


def test_hashes_of_a_file_are_checked(weft: Weft, wheels: Path) -> None:
    weft.venv()
    right, wrong = sha256(wheels / "wick-2.0-py3-none-any.whl"), "0" * 64
    file = weft.cwd / "hashed.txt"
    file.write_text(f"wick==2.0 --hash=sha256:{wrong}\n")
    done = weft("pip", "sync", "--require-hashes", "hashed.txt")
    assert done.code == 1
    assert "Hash mismatch for `wick==2.0`" in done.err
    file.write_text(f"wick==2.0 --hash=sha256:{right}\n")
    assert weft.ok("pip", "sync", "--require-hashes", "hashed.txt").lines[-1] == " + wick==2.0"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ((), "error: the following required arguments were not provided:"),
        (("missing.txt",), "error: File not found: missing.txt"),
        (("--ask", "x.txt"),
         "error: pip-sync's `--ask` is unsupported (weft never asks for confirmation)"),
        (("--no-deps", "x.txt"), "error: unexpected argument '--no-deps' found"),
        (("other.toml",), "error: `other.toml` is not a valid PEP 751 filename: expected "
         "`pylock.toml` or `pylock.<name>.toml`, where `<name>` is non-empty and contains no dots"),
    ],
)  # fmt: skip
def test_what_does_not_go_is_said(weft: Weft, words: tuple[str, ...], error: str) -> None:
    done = weft("pip", "sync", *words)
    assert (done.code, done.lines[0]) == (2, error)


# Lock files.


def test_a_lock_file_is_installed_without_asking_an_index(
    weft: Weft, index: IndexServer, lock: Lock, wick: str, entry: Callable[..., str]
) -> None:
    weft.venv()
    weft.ok("pip", "install", "mirror")
    lock(wick + table("oil", "4.0", f"wheels = [{entry('oil-4.0-py3-none-any.whl')}]"))
    index.forget()
    assert weft.ok("pip", "sync", "pylock.toml").lines == [
        "Prepared 2 packages in T",
        "Uninstalled 1 package in T",
        "Installed 2 packages in T",
        " - mirror==1.0",
        " + oil==4.0",
        " + wick==2.0",
    ]
    assert index.count("page") == 0
    assert weft.ok("pip", "sync", "pylock.toml").lines == ["Checked 2 packages in T"]
    assert not (weft.site_packages() / "wick-2.0.dist-info" / "direct_url.json").exists()


def test_install_keeps_what_the_lock_file_does_not_have(weft: Weft, lock: Lock, wick: str) -> None:
    weft.venv()
    weft.ok("pip", "install", "mirror", "wick==1.0")
    lock(wick, "locks/pylock.dev.toml")
    told = weft("pip", "install", "--check", "-r", "locks/pylock.dev.toml")
    assert told.code == 1
    assert told.lines[-2:] == [" - wick==1.0", " + wick==2.0"]
    assert weft.ok("pip", "install", "-r", "locks/pylock.dev.toml").lines[-2:] == told.lines[-2:]
    assert (weft.site_packages() / "mirror").is_dir()


def test_what_the_cache_has_from_an_index_is_not_fetched_again(
    weft: Weft, index: IndexServer, lock: Lock, wick: str
) -> None:
    for name in ("one", "two"):
        weft.venv(name)
    weft.ok("pip", "install", "--python", "one", "wick")
    lock(wick)
    index.forget()
    done = weft.ok("pip", "sync", "--python", "two", "pylock.toml")
    assert done.lines[-2:] == ["Installed 1 package in T", " + wick==2.0"]
    assert index.count() == 0


def test_an_index_that_a_lock_file_names_gets_nothing_from_it(
    weft: Weft, index: IndexServer, lock: Lock, tmp_path: Path
) -> None:
    """A lock file says of another file that it is from the index; the index is believed alone."""
    weft.venv()
    other = make_wheel(tmp_path / "elsewhere", "wick", "2.0", files={"wick/__init__.py": "evil"})
    body = f'index = "{index.url}"\nwheels = [{{ path = "{other}", hashes = {{ }} }}]'
    lock(table("wick", "2.0", body))
    weft.ok("pip", "sync", "pylock.toml")
    assert (weft.site_packages() / "wick/__init__.py").read_text() == "evil"
    index.hashes = False
    weft.venv("two")
    weft.ok("pip", "install", "--python", "two", "wick==2.0")
    assert (weft.site_packages("two") / "wick/__init__.py").read_text() != "evil"


def test_all_kinds_of_sources_are_installed_and_recorded(
    weft: Weft, lock: Lock, wheels: Path, entry: Callable[..., str]
) -> None:
    weft.venv()
    make_sdist(wheels, "in-tree", "coal", "1.0", static=True)
    make_project(weft.cwd / "tree", "in-tree", "proj", "0.1")
    make_project(weft.cwd / "repo", "in-tree", "flame", "0.2")
    (weft.cwd / "mirror-1.0-py3-none-any.whl").write_bytes(
        (wheels / "mirror-1.0-py3-none-any.whl").read_bytes()
    )
    git = ["git", "-C", str(weft.cwd / "repo"), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *words], check=True)
    commit = subprocess.run(
        [*git, "rev-parse", "HEAD"], check=True, text=True, capture_output=True
    ).stdout.strip()
    repo = (weft.cwd / "repo").as_uri()
    local = f'{{ sha256 = "{sha256(wheels / "mirror-1.0-py3-none-any.whl")}" }}'
    lock(
        table("coal", "1.0", f"sdist = {entry('coal-1.0.tar.gz')}")
        + table("flame", "", f'vcs = {{ type = "git", url = "{repo}", commit-id = "{commit}" }}')
        + table("heater", "1.0", f"archive = {entry('heater-1.0-py3-none-any.whl')}")
        + table("mirror", "1.0",
                f'archive = {{ path = "../mirror-1.0-py3-none-any.whl", hashes = {local} }}')
        + table("proj", "", 'directory = { path = "../tree", editable = true }'),
        "locks/pylock.toml",
    )  # fmt: skip
    done = weft.ok("pip", "sync", "locks/pylock.toml")
    heater = entry("heater-1.0-py3-none-any.whl").split('"')[1]
    assert done.lines[-5:] == [
        " + coal==1.0",
        f" + flame==0.2 (from git+{repo}@{commit})",
        f" + heater==1.0 (from {heater})",
        f" + mirror==1.0 (from {weft.cwd.as_uri()}/mirror-1.0-py3-none-any.whl)",
        f" + proj==0.1 (from {weft.cwd.as_uri()}/tree)",
    ]
    assert weft.ok("pip", "sync", "locks/pylock.toml").lines == ["Checked 5 packages in T"]
    record = weft.site_packages() / "proj-0.1.dist-info" / "direct_url.json"
    assert record.read_text() == (
        f'{{"url":"{weft.cwd.as_uri()}/tree","dir_info":{{"editable":true}}}}'
    )


def test_markers_extras_and_groups_choose(weft: Weft, lock: Lock, wick: str) -> None:
    weft.venv()
    extra = wick.replace("wheels", "marker = \"'bright' in extras\"\nwheels")
    group = wick.replace("wheels", "marker = \"'dev' in dependency_groups\"\nwheels")
    lock('extras = ["bright"]\n' + extra)
    sync = ("pip", "sync", "--dry-run", "pylock.toml")
    assert weft.ok(*sync).lines == ["Checked in T", "Would make no changes"]
    assert weft.ok(*sync, "--extra", "bright").lines[-1] == " + wick==2.0"
    assert weft.ok(*sync, "--all-extras").lines[-1] == " + wick==2.0"
    assert weft.ok(*sync, "--extra", "dim").lines[0] == (
        "warning: The lock file does not have an extra named `dim`"
    )
    lock('dependency-groups = ["dev"]\n' + group)
    assert weft.ok(*sync).lines[-1] == "Would make no changes"
    assert weft.ok(*sync, "--group", "dev").lines[-1] == " + wick==2.0"
    lock('dependency-groups = ["dev"]\ndefault-groups = ["dev"]\n' + group)
    assert weft.ok(*sync).lines[-1] == " + wick==2.0"


def test_a_remote_lock_file_is_read_but_names_no_paths(
    weft: Weft, index: IndexServer, wick: str
) -> None:
    weft.venv()
    index.pages["/pylock.toml"] = ("text/plain", (HEAD + wick).encode())
    index.pages["/pylock.bad.toml"] = (
        "text/plain", (HEAD + table("proj", "", 'directory = { path = "/etc" }')).encode()
    )  # fmt: skip
    base = index.url.removesuffix("/simple")
    assert weft.ok("pip", "sync", f"{base}/pylock.toml").lines[-1] == " + wick==2.0"
    done = weft("pip", "sync", f"{base}/pylock.bad.toml")
    assert (done.code, done.lines) == (
        2,
        ["error: Package `proj` has the path `/etc`, which a lock file behind a URL cannot have"],
    )


def _wheels(facts: str) -> str:
    return f"wheels = [{{ {facts} }}]"


REFUSED = {
    "a wrong hash": (1, "Hash mismatch for `wick==2.0`"),
    "a size that is too small": (1, "Size mismatch for `wick-2.0-py3-none-any.whl`: expected 5"),
    "a size that is too large": (1, "Size mismatch for `wick-2.0-py3-none-any.whl`: expected 9"),
    "a wrong size of a path": (2, "has size"),
    "a wrong hash of a path": (1, "Hash mismatch for `wick==2.0`"),
    "a path that is not there": (2, "error: Distribution not found at: file://"),
    "a directory that is not there": (1, "error: Distribution not found at: file://"),
    "a directory of another name": (1, "cause: Package metadata name `other` does not match given"),
    "an sdist with a wrong hash": (1, "Hash mismatch for `coal"),
    "an sdist of another project": (1, "cause: Package metadata name `coal` does not match given"),
    "another Python": (2, "incompatible with the `pylock.toml`'s Python requirement: `>=3.99`"),
    "another version of the format": (2, "unsupported lock version (`2.0`"),
    "a commit of another version": (1, "does not match given version `9`"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_lock_files_that_lie_are_refused_and_change_nothing(
    weft: Weft, lock: Lock, wheels: Path, entry: Callable[..., str], what: str
) -> None:
    weft.venv()
    weft.ok("pip", "install", "mirror")
    make_sdist(wheels, "in-tree", "coal", "1.0", static=True)
    make_project(weft.cwd / "other", "in-tree", "other", "0.1")
    name = "wick-2.0-py3-none-any.whl"
    zeros, here = f'{{ sha256 = "{"0" * 64}" }}', f'"{wheels / name}"'
    hashes = f'{{ sha256 = "{sha256(wheels / name)}" }}'
    bodies = {
        "a wrong hash": table("wick", "2.0", f"wheels = [{entry(name, hashes=zeros)}]"),
        "a size that is too small": table("wick", "2.0", f"wheels = [{entry(name, size='5')}]"),
        "a size that is too large":
            table("wick", "2.0", f"wheels = [{entry(name, size='99999999')}]"),
        "a wrong size of a path":
            table("wick", "2.0", _wheels(f"path = {here}, size = 5, hashes = {hashes}")),
        "a wrong hash of a path":
            table("wick", "2.0", _wheels(f"path = {here}, hashes = {zeros}")),
        "a path that is not there":
            table("wick", "2.0", _wheels(f'path = "no/{name}", hashes = {hashes}')),
        "a directory that is not there": table("other", "", 'directory = { path = "no" }'),
        "a directory of another name": table("wick", "", 'directory = { path = "other" }'),
        "an sdist with a wrong hash":
            table("coal", "1.0", f"sdist = {entry('coal-1.0.tar.gz', hashes=zeros)}"),
        "an sdist of another project":
            table("wick", "1.0", "sdist = " + entry("coal-1.0.tar.gz", name='"wick-1.0.tar.gz"')),
        "another Python": 'requires-python = ">=3.99"\n',
        "another version of the format": "",
        "a commit of another version":
            table("other", "9", 'vcs = { type = "git", path = "other", commit-id = "{}" }'),
    }  # fmt: skip
    body = bodies[what]
    if what == "a commit of another version":
        body = body.replace("{}", _commit(weft.cwd / "other"))
    path = lock(body if "[[packages]]" in body else body + "packages = []\n")
    if what == "another version of the format":
        path.write_text(path.read_text().replace('"1.0"', '"2.0"'))
    done = weft("pip", "sync", "pylock.toml")
    code, words = REFUSED[what]
    assert (done.code, words in done.err) == (code, True), done.err
    assert "Traceback" not in done.err
    assert (weft.site_packages() / "mirror").is_dir()
    assert not (weft.site_packages() / "wick").exists()


def _commit(tree: Path) -> str:
    git = ["git", "-C", str(tree), "-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *words], check=True)
    done = subprocess.run([*git, "rev-parse", "HEAD"], check=True, text=True, capture_output=True)
    return done.stdout.strip()


def test_a_lock_file_that_is_too_large_is_not_read(weft: Weft) -> None:
    weft.venv()
    with open(weft.cwd / "pylock.toml", "wb") as file:
        os.truncate(file.fileno(), 1 << 40)
    done = weft("pip", "sync", "pylock.toml")
    assert (done.code, done.lines) == (
        2,
        ["error: The lock file `pylock.toml` is larger than 256 MiB"],
    )


def test_hashes_can_be_demanded_of_lock_files(weft: Weft, lock: Lock, wick: str) -> None:
    weft.venv()
    make_project(weft.cwd / "tree", "in-tree", "proj", "0.1")
    lock(wick)
    weft.ok("pip", "sync", "--require-hashes", "--dry-run", "pylock.toml")
    lock(wick + table("proj", "", 'directory = { path = "tree" }'))
    done = weft("pip", "sync", "--require-hashes", "pylock.toml")
    assert (done.code, done.lines) == (
        2,
        ["error: In `--require-hashes` mode, all requirements must have a hash, but none were "
         "provided for: proj"],
    )  # fmt: skip


FORMAT = "but {} must be specified in `requirements.txt` format"
BESIDE = {
    ("-r", "pylock.toml", "wick"):
        "Cannot specify additional requirements alongside a `pylock.toml` file",
    ("-r", "pylock.toml", "-r", "r.txt"):
        "Cannot specify additional requirements alongside a `pylock.toml` file",
    ("-r", "pylock.toml", "-e", "."):
        "Cannot specify additional requirements alongside a `pylock.toml` file",
    ("-r", "pylock.toml", "-c", "r.txt"): "Cannot specify constraints with a `pylock.toml` file",
    ("-r", "pylock.toml", "--overrides", "r.txt"):
        "Cannot specify overrides with a `pylock.toml` file",
    ("-r", "pylock.toml", "-r", "pylock.dev.toml"):
        "Multiple `pylock.toml` files specified: `pylock.toml` vs. `pylock.dev.toml`",
    ("-r", "pylock.toml", "--group", "x/pyproject.toml:dev"): "Cannot specify paths for groups "
        "with a `pylock.toml` file; all groups must refer to the `pylock.toml` file",
    ("-r", "no/pylock.toml"): "File not found: no/pylock.toml",
    ("-r", "r.txt", "-c", "pylock.toml"): "The file `pylock.toml` appears to be a `pylock.toml` "
        "file, " + FORMAT.format("constraints"),
    ("-r", "r.txt", "--overrides", "pylock.dev.toml"): "The file `pylock.dev.toml` appears to be "
        "a `pylock.toml` file, " + FORMAT.format("overrides"),
}  # fmt: skip


@pytest.mark.parametrize("words", BESIDE, ids=" ".join)
def test_what_cannot_stand_beside_a_lock_file_is_said(
    weft: Weft, lock: Lock, words: tuple[str, ...]
) -> None:
    weft.venv()
    lock("packages = []\n")
    (weft.cwd / "r.txt").write_text("wick\n")
    done = weft("pip", "install", *words)
    assert (done.code, done.lines) == (2, [f"error: {BESIDE[words]}"])


def test_lock_files_are_not_read_for_what_to_remove(weft: Weft, lock: Lock, wick: str) -> None:
    weft.venv()
    lock(wick)
    done = weft("pip", "uninstall", "-r", "pylock.toml")
    assert (done.code, done.lines[-1]) == (
        2,
        "error: `pylock.toml` is not a supported input format here: `pylock.toml`",
    )


def test_a_lock_file_can_be_named_by_its_url(weft: Weft, lock: Lock, wheels: Path) -> None:
    weft.venv()
    (weft.cwd / "w").symlink_to(wheels)
    hashes = f'{{ sha256 = "{sha256(wheels / "wick-2.0-py3-none-any.whl")}" }}'
    body = _wheels(f'path = "w/wick-2.0-py3-none-any.whl", hashes = {hashes}')
    path = lock(table("wick", "2.0", body))
    assert weft.ok("pip", "sync", path.as_uri()).lines[-1] == " + wick==2.0"


def test_a_lock_file_that_is_missing_is_told_before_a_missing_environment(weft: Weft) -> None:
    done = weft("pip", "install", "-r", "pylock.toml")
    assert (done.code, done.lines) == (2, ["error: File not found: pylock.toml"])
