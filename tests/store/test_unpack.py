"""What becomes of an honest wheel: tree, modes, manifest, id."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from tests.support.rawzip import STORED, Member, deflate
from tests.support.wheels import make_wheel
from weft.core.metadata import unpack as unpack_metadata
from weft.store.errors import BadWheel
from weft.store.manifest import Manifest
from weft.store.store import Store


def add(tmp_path: Path, path: str, *, seal: bool = True) -> tuple[Store, Manifest, Path]:
    store = Store(str(tmp_path / "store"), seal=seal)
    wheel = store.add_wheel(path, filename=os.path.basename(path), origin="pypi")
    return store, store.manifest(wheel.entry), Path(store.tree_path(wheel.entry))


def rich_wheel(directory: Path, **changes: object) -> str:
    options: dict[str, object] = {
        "files": {
            "demo/__init__.py": "",
            "demo/core.py": "x = 1\n",
            "demo/data/deep/a.bin": bytes(range(256)) * 40,
            "top.py": "y = 2\n",
            'demo/odd, "name".txt': "odd",
        },
        "requires": ["idna>=3"],
        "extras": {"fast": ["numpy"]},
        "requires_python": ">=3.8",
        "entry_points": {
            "console_scripts": {"demo": "demo.core:main", "other": "demo:run.it [fast]"},
            "gui_scripts": {"demo-gui": "demo:gui"},
            "something.else": {"not a script": "anything goes"},
        },
        "scripts": {
            "tool": "#!python\nprint(1)\n",
            "plain": "#!/bin/sh\necho\n",
            "other": "replaced by the entry point",
        },
        "data": {
            "data/share/demo/x.txt": "x",
            "headers/demo.h": "#define X",
            "purelib/pure.py": "p = 1\n",
            "platlib/plat.py": "",
        },
        "executable": {"demo/core.py"},
    }
    return make_wheel(directory, **(options | changes))  # type: ignore[arg-type]


def test_the_tree_holds_every_file_but_record(tmp_path: Path) -> None:
    _, manifest, tree = add(tmp_path, rich_wheel(tmp_path))
    files = {str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file()}
    assert "demo-1.0.dist-info/METADATA" in files
    assert "demo-1.0.dist-info/RECORD" not in files
    assert {os.fsdecode(fact[0]) for fact in manifest.facts()} == files
    assert (tree / "demo/data/deep/a.bin").read_bytes() == bytes(range(256)) * 40


def test_files_are_sealed_and_keep_their_x_bit(tmp_path: Path) -> None:
    _, _, tree = add(tmp_path, rich_wheel(tmp_path))
    modes = {
        str(path.relative_to(tree)): stat.S_IMODE(path.stat().st_mode)
        for path in tree.rglob("*")
        if path.is_file()
    }
    executable = {path for path, mode in modes.items() if mode == 0o555}
    assert executable == {
        "demo/core.py",
        "demo-1.0.data/scripts/tool",
        "demo-1.0.data/scripts/plain",
        "demo-1.0.data/scripts/other",
    }
    assert set(modes.values()) == {0o444, 0o555}


def test_unsealed_files_are_writable(tmp_path: Path) -> None:
    _, _, tree = add(tmp_path, rich_wheel(tmp_path), seal=False)
    assert stat.S_IMODE((tree / "top.py").stat().st_mode) == 0o644
    assert stat.S_IMODE((tree / "demo/core.py").stat().st_mode) == 0o755


def test_scripts_are_executable_even_if_the_archive_forgot_it(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, data={"scripts/tool": "#!/bin/sh\n"})
    _, _, tree = add(tmp_path, path)
    assert stat.S_IMODE((tree / "demo-1.0.data/scripts/tool").stat().st_mode) == 0o555


def test_groups_map_everything_to_its_scheme(tmp_path: Path) -> None:
    _, manifest, _ = add(tmp_path, rich_wheel(tmp_path))
    files = {
        (scheme, os.path.join(target, name).decode())
        for scheme, _, target, names, empties in manifest.groups
        for name in (*names, *(name for name, _ in empties))
    }
    assert files == {
        ("lib", "demo/__init__.py"),
        ("lib", "demo/core.py"),
        ("lib", "demo/data/deep/a.bin"),
        ("lib", "top.py"),
        ("lib", 'demo/odd, "name".txt'),
        ("lib", "demo-1.0.dist-info/METADATA"),
        ("lib", "demo-1.0.dist-info/WHEEL"),
        ("lib", "demo-1.0.dist-info/entry_points.txt"),
        ("scripts", "plain"),
        ("data", "share/demo/x.txt"),
        ("headers", "demo.h"),
        ("purelib", "pure.py"),
        ("platlib", "plat.py"),
    }
    assert manifest.files == len(files)
    empties = {
        (target, *empty) for _, _, target, _, empties in manifest.groups for empty in empties
    }
    assert empties == {(b"demo", b"__init__.py", 0o666), (b"", b"plat.py", 0o666)}
    assert manifest.rewrites == ((b"demo-1.0.data/scripts/tool", "tool"),)
    by_path = {fact[0]: fact[1] for fact in manifest.facts()}
    linked = sum(
        by_path[os.path.join(source, name)]
        for _, source, _, names, _ in manifest.groups
        for name in names
    )
    assert manifest.bytes == linked


def test_directories_come_parents_first_and_suffice(tmp_path: Path) -> None:
    _, manifest, _ = add(tmp_path, rich_wheel(tmp_path))
    made = {(scheme, b"") for scheme in ("lib", "purelib", "platlib", "scripts", "headers", "data")}
    for scheme, path in manifest.directories:
        assert (scheme, os.path.dirname(path)) in made
        made.add((scheme, path))
    assert {(group[0], group[2]) for group in manifest.groups} <= made
    assert ("data", b"share") in made


def test_record_rows_are_valid(tmp_path: Path) -> None:
    import csv

    _, manifest, tree = add(tmp_path, rich_wheel(tmp_path))
    rows = list(csv.reader(manifest.record.decode().splitlines()))
    lib = {
        os.path.join(source, name).decode()
        for scheme, source, _, names, empties in manifest.groups
        for name in (*names, *(name for name, _ in empties))
        if scheme == "lib"
    }
    assert {row[0] for row in rows} == lib
    for path, digest, size in rows:
        content = (tree / path).read_bytes()
        expected = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
        assert (digest, int(size)) == (f"sha256={expected}", len(content))
    assert {row[:2] for row in manifest.other_rows} == {
        ("data", b"share/demo/x.txt"),
        ("headers", b"demo.h"),
        ("platlib", b"plat.py"),
        ("purelib", b"pure.py"),
        ("scripts", b"plain"),
    }
    assert all(rest.startswith(b",sha256=") for _, _, rest in manifest.other_rows)


def test_the_manifest_tells_what_the_metadata_files_say(tmp_path: Path) -> None:
    path = rich_wheel(tmp_path, purelib=False, tag="cp311.py3-abi3-any")
    _, manifest, _ = add(tmp_path, path)
    assert (manifest.name, manifest.version) == ("demo", "1.0")
    assert manifest.dist_info == "demo-1.0.dist-info"
    assert manifest.root_is_purelib is False
    assert manifest.tags == ("cp311-abi3-any", "py3-abi3-any")
    assert manifest.entry_points == (
        ("console", "demo", "demo.core", "main"),
        ("console", "other", "demo", "run.it"),
        ("gui", "demo-gui", "demo", "gui"),
    )
    metadata = unpack_metadata(manifest.metadata())
    assert metadata.requires_python == ">=3.8"
    assert metadata.requires_dist == ("idna>=3", "numpy ; extra == 'fast'")


def test_the_id_is_the_documented_digest(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))
    wheel = store.add_wheel(make_wheel(tmp_path), filename="demo-1.0-py3-none-any.whl", origin="x")
    tree = Path(store.tree_path(wheel.entry))
    parts = []
    for path in sorted(tree.rglob("*"), key=lambda path: bytes(path.relative_to(tree))):
        if path.is_file():
            content = path.read_bytes()
            flag = b"x" if path.stat().st_mode & 0o111 else b"-"
            name = bytes(path.relative_to(tree))
            parts.append(
                name + b"\0" + flag + b"%d\0" % len(content) + hashlib.sha256(content).digest()
            )
    assert wheel.entry == hashlib.sha256(b"".join(parts)).hexdigest()


def test_equal_content_gives_one_entry_and_another_bit_another(tmp_path: Path) -> None:
    store = Store(str(tmp_path / "store"))

    def entry(name: str, **options: object) -> str:
        path = make_wheel(tmp_path / name, **options)  # type: ignore[arg-type]
        return store.add_wheel(path, filename=os.path.basename(path), origin=f"url/{name}").entry

    plain = entry("a")
    assert entry("b", compress=False) == plain
    assert entry("c", record="unhashed") == plain
    assert entry("d", record="partial") == plain
    assert entry("e", record="stale") == plain
    assert entry("f", executable={"demo/__init__.py"}) != plain
    assert entry("g", files={"demo/__init__.py": "other"}) != plain
    assert entry("h", files={"demo/__init_.py": "version = '1.0'\n"}) != plain


def test_an_installers_own_files_are_not_linked(tmp_path: Path) -> None:
    info = "demo-1.0.dist-info"
    extra = {f"{info}/{name}": "x" for name in ("INSTALLER", "REQUESTED", "direct_url.json")}
    _, manifest, _ = add(tmp_path, make_wheel(tmp_path, files={"demo.py": "", **extra}))
    linked = {name for group in manifest.groups if group[2] == info.encode() for name in group[3]}
    assert linked == {b"METADATA", b"WHEEL"}
    assert b"INSTALLER" not in manifest.record


def test_empty_directories_are_left_out(tmp_path: Path) -> None:
    path = make_wheel(
        tmp_path,
        alter=lambda members: members.insert(0, Member("demo/empty/", mode=0o40755, method=STORED)),
    )
    _, _, tree = add(tmp_path, path)
    assert not (tree / "demo/empty").exists()


@pytest.mark.parametrize(
    "size", [0, 1, 70_000, 1 << 18, (1 << 18) + 1, (1 << 20) - 200, 3 << 20, (16 << 20) + 5]
)
@pytest.mark.parametrize("compress", [True, False])
def test_members_of_every_size_survive(tmp_path: Path, size: int, compress: bool) -> None:
    noise = os.urandom(min(size, 3 << 20))
    content = (noise * 8)[:size]
    path = make_wheel(
        tmp_path,
        files={"demo/first.py": "1", "demo/large.bin": content, "last.py": "2"},
        compress=compress,
    )
    _, _, tree = add(tmp_path, path)
    assert (tree / "demo/large.bin").read_bytes() == content
    assert (tree / "last.py").read_bytes() == b"2"


@pytest.mark.parametrize("size", [10, 3 << 20, 17 << 20])
@pytest.mark.parametrize("zip64", [True, False])
def test_zip64_and_data_descriptors_are_read(tmp_path: Path, size: int, zip64: bool) -> None:
    content = (os.urandom(1 << 16) * 272)[:size]

    def describe(members: list[Member]) -> None:
        for member in members:
            member.descriptor = True
            member.zip64 = zip64

    path = make_wheel(
        tmp_path, files={"demo.bin": content}, alter=describe, zip_options={"zip64": zip64}
    )
    _, _, tree = add(tmp_path, path)
    assert (tree / "demo.bin").read_bytes() == content


@pytest.mark.parametrize("size", [300_000, 3 << 20])
def test_a_large_member_with_a_wrong_sum_or_size_is_refused(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    for number, lie in enumerate(({"crc": 1}, {"size": len(content) - 1}, {"size": 4 << 20})):

        def tell(members: list[Member], lie: dict[str, int] = lie) -> None:
            members[0].local = members[0].central = lie

        path = make_wheel(
            tmp_path / str(number), files={"a.bin": content}, record="unhashed", alter=tell
        )
        with pytest.raises(BadWheel) as caught:
            add(tmp_path, path)
        assert caught.value.member == "a.bin"


@pytest.mark.parametrize("size", [300_000, 3 << 20])
@pytest.mark.parametrize("hidden", [b"h", b"hidden" * 100_000])
def test_hidden_data_after_a_large_stream_is_refused(
    tmp_path: Path, size: int, hidden: bytes
) -> None:
    content = os.urandom(size)

    def pad(members: list[Member]) -> None:
        members[0].payload = deflate(content) + hidden

    path = make_wheel(tmp_path, files={"a.bin": content}, alter=pad)
    with pytest.raises(BadWheel, match=r"`a\.bin` has damaged data"):
        add(tmp_path, path)


def test_a_stream_may_end_where_a_piece_of_it_does(tmp_path: Path) -> None:
    """The last piece that is inflated is full; what is wrong comes behind it, or is missing."""
    noise = os.urandom(6 << 16)
    content, stream = next(
        (noise[:size], stream)
        for size in range(len(noise) - 100, 0, -1)
        if len(stream := deflate(noise[:size])) == 6 << 16
    )
    add(tmp_path, make_wheel(tmp_path / "good", files={"a.bin": content}))
    for payload in (stream + b"h", stream[:-1]):

        def alter(members: list[Member], payload: bytes = payload) -> None:
            members[0].payload = payload

        path = make_wheel(tmp_path / "bad", files={"a.bin": content}, alter=alter)
        with pytest.raises(BadWheel, match=r"`a\.bin` has damaged data"):
            add(tmp_path, path)


def test_a_large_script_is_known_by_its_beginning_however_it_is_packed(tmp_path: Path) -> None:
    first, rest = b"#!p", b"ython\n" + b"print(1)\n" * 40_000
    payload = b"\0\3\0\xfc\xff" + first + b"\0\0\0\xff\xff" * 14_000 + deflate(rest)

    def pack(members: list[Member]) -> None:
        script = next(each for each in members if each.name_bytes.endswith(b"/tool"))
        script.payload = payload

    path = make_wheel(tmp_path, scripts={"tool": first + rest}, alter=pack)
    _, manifest, tree = add(tmp_path, path)
    assert (tree / "demo-1.0.data/scripts/tool").read_bytes() == first + rest
    assert manifest.rewrites == ((b"demo-1.0.data/scripts/tool", "tool"),)


def test_metadata_files_may_be_large_but_not_absurd(tmp_path: Path) -> None:
    text = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\n" + "x" * (3 << 20)
    for compress in (True, False):
        path = make_wheel(tmp_path / str(compress), metadata=text, compress=compress)
        _, _, tree = add(tmp_path, path)
        assert (tree / "demo-1.0.dist-info/METADATA").read_text() == text
        path = make_wheel(tmp_path / str(compress), metadata=text * 6, compress=compress)
        with pytest.raises(BadWheel, match="METADATA` is too large for what it is"):
            add(tmp_path, path)


def test_streams_are_inflated_to_the_last_byte(tmp_path: Path) -> None:
    """Long matches leave output inside the inflater when all input is used up."""
    for length, extra in product((300_000, 16 << 20), (0, 1, 257, 258, 1000)):
        content = b"ab" * (length // 2) + bytes(extra)
        path = make_wheel(tmp_path / f"{length}-{extra}", files={"a.bin": content})
        _, _, tree = add(tmp_path, path)
        assert (tree / "a.bin").stat().st_size == len(content)


def test_a_comment_is_fine(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, zip_options={"comment": b"made by hand"})
    assert add(tmp_path, path)[1].name == "demo"


def test_names_and_versions_are_compared_in_normal_form(tmp_path: Path) -> None:
    for number, options in enumerate(
        (
            {"name": "My.Demo_pkg", "metadata_name": "my-demo.PKG"},
            {"version": "1.0.0", "metadata_version": "1.0"},
            {"version": "1.0+cu118", "metadata_version": "1.0"},
            {"version": "1.0", "dist_info": "demo-1.0.0.dist-info"},
            {"name": "Demo", "filename": "demo-1.0-1build-py3-none-any.whl"},
        )
    ):
        path = make_wheel(tmp_path / str(number), **options)  # type: ignore[arg-type]
        add(tmp_path, path)


def test_a_version_mismatch_can_be_waved_through(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, metadata_version="2.0")
    store = Store(str(tmp_path / "store"))
    filename = os.path.basename(path)
    wheel = store.add_wheel(path, filename=filename, origin="x", check_version=False)
    assert wheel.version == "2.0"


def test_other_hashes_in_record_are_checked(tmp_path: Path) -> None:
    for algorithm in ("sha512", "sha384"):
        for content, good in ((b"right", True), (b"wrong", False)):
            digest = hashlib.new(algorithm, content).digest()
            text = base64.urlsafe_b64encode(digest).decode().rstrip("=")

            def swear(members: list[Member], row: str = f"{algorithm}={text}") -> None:
                members[-1].data = f"demo.py,{row},5\r\n".encode()

            path = make_wheel(
                tmp_path / f"{algorithm}{good}", files={"demo.py": b"right"}, alter=swear
            )
            if good:
                add(tmp_path, path)
            else:
                with pytest.raises(BadWheel, match="hash that RECORD says"):
                    add(tmp_path, path)


def test_unpacking_is_the_same_on_every_python(tmp_path: Path) -> None:
    """Manifest and id do not depend on the interpreter that made them."""
    path = rich_wheel(tmp_path)
    store, manifest, _ = add(tmp_path, path)
    script = (
        "import sys; from weft.store.store import Store; s = Store(sys.argv[1]);"
        "w = s.add_wheel(sys.argv[2], filename='demo-1.0-py3-none-any.whl', origin='pypi');"
        "sys.stdout.write(w.entry)"
    )
    source = str(Path(__file__).parents[2] / "src")
    for number, python in enumerate(("/usr/bin/python3", sys.executable)):
        answer = subprocess.run(
            [python, "-S", "-c", script, str(tmp_path / str(number)), path],
            env={"PYTHONPATH": source},
            capture_output=True,
            check=True,
            text=True,
        )
        other = Store(str(tmp_path / str(number))).manifest(answer.stdout)
        assert answer.stdout == store.wheels("pypi", "demo")[0].entry
        assert _plain(other) == _plain(manifest)


def _plain(manifest: Manifest) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in dir(Manifest):
        if not name.startswith("_") and name not in ("load", "make", "dump", "whole"):
            value = getattr(manifest, name)
            found[name] = value() if callable(value) else value
    return found


def test_a_directory_may_be_named_by_a_question_mark(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, files={"?/a.py": "a = 1\n", "demo/__init__.py": ""})
    _, manifest, tree = add(tmp_path, path)
    assert (tree / "?" / "a.py").read_text() == "a = 1\n"
    assert ("lib", b"?", b"?", (b"a.py",), ()) in manifest.groups


def _with_wrong_sum(members: list[Member]) -> None:
    members[0].local["crc"] = members[0].central["crc"] = 1


@pytest.mark.parametrize("record", ["unhashed", "partial"])
def test_a_checksum_counts_where_record_says_nothing(tmp_path: Path, record: str) -> None:
    path = make_wheel(tmp_path, record=record, alter=_with_wrong_sum)
    with pytest.raises(BadWheel, match=r"`demo/__init__.py` has a bad CRC \(got "):
        add(tmp_path, path)


def test_the_hash_of_record_is_enough(tmp_path: Path) -> None:
    """What has the SHA-256 that it should have is right, whatever a weaker sum says."""
    good = Store(str(tmp_path / "store")).add_wheel(
        make_wheel(tmp_path), filename="demo-1.0-py3-none-any.whl", origin="pypi"
    )
    _, manifest, tree = add(tmp_path, make_wheel(tmp_path / "odd", alter=_with_wrong_sum))
    assert (tree / "demo" / "__init__.py").read_text() == "version = '1.0'\n"
    assert tree.parent.name == good.entry
    assert manifest.name == "demo"


def test_damage_is_told_by_its_checksum(tmp_path: Path) -> None:
    def damage(members: list[Member]) -> None:
        members[0].method = STORED
        members[0].payload = members[0].data.replace(b"1", b"2")

    with pytest.raises(BadWheel, match=r"`demo/__init__.py` has a bad CRC \(got "):
        add(tmp_path, make_wheel(tmp_path, alter=damage))
