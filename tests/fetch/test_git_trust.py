"""What Git is given and kept from: credentials, prompts, settings, and the repositories around."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.fetch.git_room import Room, causes, make_room, refused
from tests.support.git_repositories import GitServer, Repository, environment
from weft.fetch.git import LfsMissing
from weft.fetch.git_url import parse_git_url
from weft.index.auth import Login
from weft.index.auth_store import CredentialsFile, Entry

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:1234\nsize 5\n"
# What `git-lfs` does for Git, as far as the tests need it: the answer to a pointer is its content.
LFS = """#!{python}
import os, sys
def log(line):
    with open({log!r}, "a") as file:
        file.write(line + "\\n")
def packet(text):
    sys.stdout.buffer.write(b"%04x" % (len(text) + 4) + text)
def end():
    sys.stdout.buffer.write(b"0000")
    sys.stdout.buffer.flush()
def read():
    lines = []
    while size := int(sys.stdin.buffer.read(4) or b"0", 16):
        lines.append(sys.stdin.buffer.read(size - 4))
    return lines
word = sys.argv[1]
if word == "version":
    print("git-lfs/3.0.0")
elif word in ("fetch", "fsck"):
    log(" ".join(sys.argv[1:]))
    sys.exit(os.path.exists({log!r} + "." + word))
elif word == "filter-process":
    read()
    packet(b"git-filter-server\\n"); packet(b"version=2\\n"); end()
    read()
    packet(b"capability=smudge\\n"); end()
    while header := read():
        read()
        skipped = os.environ.get("GIT_LFS_SKIP_SMUDGE") == "1"
        packet(b"status=success\\n"); end()
        packet(b"pointer" if skipped else b"hello"); end(); end()
"""


@pytest.fixture
def room(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Room:
    return make_room(tmp_path, tmp_path_factory)


def program(directory: Path, name: str, text: str) -> Path:
    directory.mkdir(exist_ok=True)
    place = directory / name
    place.write_text(text)
    place.chmod(0o755)
    return place


def spy(room: Room) -> tuple[dict[str, str], Path]:
    """An environment whose `git` writes down its words and its variables, and where to."""
    log = room.root / "spied"
    text = f'#!/bin/sh\necho "words $*" >> {log}\nenv >> {log}\nexec {_git()} "$@"\n'
    bin_directory = program(room.root / "bin", "git", text).parent
    return environment(room.root, PATH=f"{bin_directory}:{os.environ['PATH']}"), log


def _git() -> str:
    from shutil import which

    found = which("git")
    assert found is not None
    return found


# Credentials and prompts.


def test_credentials_of_the_address_are_used_and_stay_secret(room: Room) -> None:
    environ, log = spy(room)
    with GitServer(room.root / "served", login="user:geheim='x") as server:
        commit, _ = room.take(
            server.url("demo", login="user:geheim='x") + "@main", git=room.git(environ=environ)
        )
    assert commit == room.third
    assert room.told == [
        f"Updating http://user:****@{server.place}/demo (main)",
        f"Updated http://user:****@{server.place}/demo ({room.third})",
    ]
    words = [line for line in log.read_text().splitlines() if line.startswith("words")]
    assert words and not [line for line in words if "geheim" in line]
    for directory, _, names in os.walk(room.root):
        for name in names:
            content = (Path(directory) / name).read_bytes() if name != "spied" else b""
            assert b"geheim" not in content, name


def test_submodules_of_the_same_server_get_the_credentials(room: Room) -> None:
    inner = Repository(room.root / "served" / "inner")
    inner.commit({"inner.txt": "inner"})
    room.repository.git(
        "-c", "protocol.file.allow=always", "submodule", "add", "--quiet", inner.url, "vendored"
    )
    room.repository.git("config", "--file", ".gitmodules", "submodule.vendored.url", "../inner")
    room.repository.commit()
    with GitServer(room.root / "served", login="user:geheim") as server:
        _, tree = room.take(server.url("demo", login="user:geheim"))
        other = server.url("demo").replace("127.0.0.1", "localhost")
        assert (tree / "vendored" / "inner.txt").read_text() == "inner"
        refused(lambda: room.take(other))


@pytest.mark.parametrize("login", ["", "user:wrong"])
def test_a_server_that_refuses_is_told_without_a_prompt(room: Room, login: str) -> None:
    with GitServer(room.root / "served", login="user:geheim") as server:
        failure = refused(lambda: room.take(server.url("demo", login=login)))
    assert failure.failure is not None
    assert failure.failure.hints[0].startswith("The repository asks for credentials")
    assert "wrong" not in " ".join(causes(failure))


def test_credential_helpers_are_asked(room: Room) -> None:
    helper = program(
        room.root / "bin", "helper", "#!/bin/sh\necho username=user\necho password=geheim\n"
    )
    (room.root / ".gitconfig").write_text(f"[credential]\n\thelper = {helper}\n")
    with GitServer(room.root / "served", login="user:geheim") as server:
        assert room.take(server.url("demo"))[0] == room.third


def test_a_stored_login_is_used_when_the_server_asks_and_stays_secret(room: Room) -> None:
    directory = room.root / "credentials"
    environ = {**environment(room.root), "WEFT_CREDENTIALS_DIR": str(directory)}
    with GitServer(room.root / "served", login="me@work:ge/heim") as server:
        entry = Entry(f"http://{server.place}/", Login("me@work", "ge/heim"))
        CredentialsFile(str(directory)).insert(entry)
        resolved, tree = room.take(server.url("demo"), git=room.git(environ=environ))
        assert resolved == room.third
        config = (tree / ".git" / "config").read_text()
        assert "heim" not in config
        CredentialsFile(str(directory)).insert(Entry(entry.service, Login("me@work", "wrong")))
        failure = refused(
            lambda: room.take(server.url("demo") + "@main", git=room.git(environ=environ))
        )
        assert "wrong" not in " ".join(causes(failure))


SSH = """#!/bin/sh
echo "$@" >> {log}
while [ $# -gt 1 ]; do shift; done
exec sh -c "$1"
"""


def test_ssh_is_used_as_the_user_says(room: Room) -> None:
    log = room.root / "ssh.log"
    stand_in = program(room.root / "bin", "my-ssh", SSH.format(log=log))
    environ = environment(room.root, GIT_SSH_COMMAND=str(stand_in))
    url = f"ssh://git@h.test{room.repository.path}"
    commit, tree = room.take(f"{url}@v1", git=room.git(environ=environ))
    assert (commit, (tree / "a.txt").read_text()) == (room.first, "1")
    assert "git@h.test" in log.read_text() and "BatchMode" not in log.read_text()


def test_ssh_asks_no_questions(room: Room) -> None:
    log = room.root / "ssh.log"
    bin_directory = program(room.root / "bin", "ssh", SSH.format(log=log)).parent
    environ = environment(room.root, PATH=f"{bin_directory}:{os.environ['PATH']}")
    url = f"ssh://git@h.test{room.repository.path}"
    assert room.take(url, git=room.git(environ=environ))[0] == room.third
    assert all("-o BatchMode=yes" in line for line in log.read_text().splitlines())


def test_ssh_set_in_the_configuration_stays_in_use(room: Room) -> None:
    log = room.root / "ssh.log"
    stand_in = program(room.root / "bin", "my-ssh", SSH.format(log=log))
    (room.root / ".gitconfig").write_text(f"[core]\n\tsshCommand = {stand_in}\n")
    assert room.take(f"ssh://git@h.test{room.repository.path}")[0] == room.third
    assert log.exists()


def test_an_ssh_key_that_is_refused_is_told(room: Room) -> None:
    text = "#!/bin/sh\necho 'git@h.test: Permission denied (publickey).' >&2\nexit 255\n"
    stand_in = program(room.root / "bin", "my-ssh", text)
    git = room.git(environ=environment(room.root, GIT_SSH_COMMAND=str(stand_in)))
    failure = refused(lambda: room.take("ssh://git@h.test/demo", git=git))
    assert failure.failure is not None and "`ssh-add`" in failure.failure.hints[0]


# Settings and surroundings.


def test_variables_for_another_repository_do_not_count(room: Room) -> None:
    other = Repository(room.root / "other")
    before = other.commit({"other.txt": "other"})
    environ = environment(
        room.root,
        GIT_DIR=str(other.path / ".git"),
        GIT_WORK_TREE=str(other.path),
        GIT_INDEX_FILE=str(other.path / ".git" / "index"),
        GIT_OBJECT_DIRECTORY=str(other.path / ".git" / "objects"),
    )
    commit, tree = room.take(room.repository.url, git=room.git(environ=environ))
    assert (commit, (tree / "a.txt").read_text()) == (room.third, "3")
    assert other.git("status", "--porcelain") == ""
    assert other.git("for-each-ref", "--format=%(objectname)") == before


def test_hooks_do_not_run(room: Room) -> None:
    hooks = room.root / "hooks"
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        program(hooks, name, f"#!/bin/sh\ntouch {room.root}/ran\n")
    template = room.root / "template"
    (template / "hooks").mkdir(parents=True)
    program(template / "hooks", "post-checkout", f"#!/bin/sh\ntouch {room.root}/ran\n")
    (room.root / ".gitconfig").write_text(
        f"[core]\n\thooksPath = {hooks}\n[init]\n\ttemplateDir = {template}\n"
    )
    environ = environment(room.root, GIT_TEMPLATE_DIR=str(template))
    room.take(room.repository.url, git=room.git(environ=environ))
    assert not (room.root / "ran").exists()


def test_addresses_that_the_user_rewrites_are_rewritten(room: Room) -> None:
    (room.root / ".gitconfig").write_text(
        f'[url "file://{room.root}/served/"]\n\tinsteadOf = https://h.test/\n'
    )
    assert room.take("https://h.test/demo@v1")[0] == room.first


@pytest.mark.parametrize("way", ["count", "parameters"])
def test_settings_in_variables_stay_in_use(room: Room, way: str) -> None:
    name = f"url.file://{room.root}/served/.insteadOf"
    counted = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": name,
        "GIT_CONFIG_VALUE_0": "https://h.test/",
    }
    listed = {"GIT_CONFIG_PARAMETERS": f"'{name}=https://h.test/'"}
    environ = environment(room.root, **(counted if way == "count" else listed))
    assert room.take("https://h.test/demo@v1", git=room.git(environ=environ))[0] == room.first


def test_a_rewritten_address_runs_no_command(room: Room) -> None:
    (room.root / ".gitconfig").write_text(
        f'[url "ext::touch {room.root}/ran "]\n\tinsteadOf = https://h.test/\n'
        '[protocol "ext"]\n\tallow = always\n'
    )
    failure = refused(lambda: room.take("https://h.test/demo@v1"))
    assert "transport 'ext' not allowed" in causes(failure)[-1]
    assert not (room.root / "ran").exists()


def test_a_repository_around_the_store_does_not_matter(room: Room) -> None:
    around = Repository(room.root / "around")
    around.commit({"x": "x"})
    around.git(
        "config", f"url.file://{room.root}/nowhere/.insteadOf", f"file://{room.root}/served/"
    )
    os.rename(room.root / "served", around.path / "served")
    os.symlink(around.path / "served", room.root / "served")
    room.store.root = str(around.path / "store")
    before = os.getcwd()
    os.chdir(around.path)
    try:
        assert room.take(room.repository.url)[0] == room.third
    finally:
        os.chdir(before)


# Git LFS, with a stand-in for the extension.


class WithLfs:
    """A repository with a file in LFS, and an environment with the stand-in."""

    def __init__(self, room: Room) -> None:
        self.log = room.root / "lfs.log"
        text = LFS.format(python=sys.executable, log=str(self.log))
        bin_directory = program(room.root / "bin", "git-lfs", text).parent
        self.environ = environment(room.root, PATH=f"{bin_directory}:{os.environ['PATH']}")
        self.commit = room.repository.commit(
            {".gitattributes": "*.bin filter=lfs\n", "data.bin": POINTER}
        )
        self.url = f"{room.repository.url}@main#lfs=true"


def test_files_in_lfs_are_fetched_where_they_are_asked_for(room: Room) -> None:
    lfs = WithLfs(room)
    _, tree = room.take(lfs.url, git=room.git(environ=lfs.environ))
    assert (tree / "data.bin").read_text() == "hello"
    assert lfs.log.read_text().splitlines() == [
        f"fetch origin {lfs.commit}",
        f"fsck --objects {lfs.commit}",
    ]


def test_files_in_lfs_are_left_alone_where_they_are_not(room: Room) -> None:
    lfs = WithLfs(room)
    _, tree = room.take(f"{room.repository.url}@main", git=room.git(environ=lfs.environ))
    assert (tree / "data.bin").read_text() == POINTER
    assert not lfs.log.exists()


def test_without_the_extension_it_is_said_what_is_missing(room: Room) -> None:
    lfs = WithLfs(room)
    with pytest.raises(LfsMissing) as caught:
        room.take(lfs.url)
    assert causes(caught.value) == [
        f"The source distribution `git+{lfs.url}` is missing Git LFS artifacts.",
        "Git LFS extension not found. Ensure that Git LFS is installed and available.",
    ]
    assert caught.value.exit_code == 1
    assert os.listdir(room.root / "trees") == []


@pytest.mark.parametrize("step", ["fetch", "fsck"])
def test_files_that_lfs_cannot_get_are_an_error(room: Room, step: str) -> None:
    lfs = WithLfs(room)
    Path(f"{lfs.log}.{step}").touch()
    with pytest.raises(LfsMissing) as caught:
        room.take(lfs.url, git=room.git(environ=lfs.environ))
    assert f"git lfs {step}" in causes(caught.value)[-1]
    assert os.listdir(room.root / "trees") == []


def test_an_address_means_the_same_repository_with_and_without_lfs() -> None:
    plain, lfs = (parse_git_url(f"git+https://h.test/b{end}") for end in ("", "#lfs=true"))
    assert plain.repository == lfs.repository and plain != lfs
