"""Forms, read back by another parser."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.publish.digests import read_digest, read_digests, strongest
from weft.publish.multipart import PIECE, FileChanged, Form

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=60)


def form(path: Path, fields: list[tuple[str, str]], **options: object) -> Form:
    size = path.stat().st_size
    return Form(fields, str(path), filename=path.name, size=size, **options)  # type: ignore[arg-type]


def parts(body: bytes, boundary: str) -> list[tuple[bytes, bytes]]:
    """Headers and content of every part, cut at the boundary as RFC 2046 says."""
    mark = b"--" + boundary.encode()
    assert body.startswith(mark + b"\r\n") and body.endswith(b"\r\n" + mark + b"--\r\n")
    inner = body[len(mark) + 2 : -len(mark) - 6]
    cut = [piece.partition(b"\r\n\r\n") for piece in inner.split(b"\r\n" + mark + b"\r\n")]
    return [(head, content) for head, _, content in cut]


@given(fields=st.lists(st.tuples(st.sampled_from(["a", "b"]), TEXTS)), content=st.binary())
def test_what_goes_in_comes_out_and_the_length_is_told_beforehand(
    fields: list[tuple[str, str]], content: bytes
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "demo-1.0.tar.gz"
        path.write_bytes(content)
        made = form(path, fields, after=[("attestations", "[1]")])
        body = b"".join(made)
        assert len(body) == made.length
        assert b"".join(made) == body, "a second try sends the same"
    found = parts(body, made.content_type.partition("boundary=")[2])
    assert [text.decode() for _, text in found[:-2]] == [text for _, text in fields]
    assert found[-2][1] == content
    assert b'name="content"; filename="demo-1.0.tar.gz"' in found[-2][0]
    assert found[-1] == (b'Content-Disposition: form-data; name="attestations"', b"[1]")


def test_names_cannot_break_out_of_their_quotes(tmp_path: Path) -> None:
    path = tmp_path / 'a"\r\nX: y.tar.gz'
    path.write_bytes(b"")
    body = b"".join(form(path, [('n"\r\nZ: 1', "text")]))
    assert b"\r\nX: y" not in body and b"\r\nZ: 1" not in body
    assert b'filename="a%22%0D%0AX: y.tar.gz"' in body


def test_a_large_file_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0.tar.gz"
    with path.open("wb") as file:
        file.truncate(40 * PIECE + 7)
    heard: list[int] = []
    made = form(path, [], progress=heard.append)
    sizes = [len(piece) for piece in made]
    assert max(sizes) <= PIECE
    assert sum(sizes) == made.length
    assert heard[-1] == 40 * PIECE + 7 and heard == sorted(heard)


@pytest.mark.parametrize("change", [-1, 1])
def test_a_file_that_grows_or_shrinks_meanwhile_is_not_sent_as_if_nothing_were(
    tmp_path: Path, change: int
) -> None:
    path = tmp_path / "demo-1.0.tar.gz"
    path.write_bytes(bytes(1000))
    made = form(path, [])
    path.write_bytes(bytes(1000 + change))
    with pytest.raises(FileChanged, match="changed while it was uploaded"):
        list(made)


def test_digests_are_those_of_the_algorithms(tmp_path: Path) -> None:
    import hashlib

    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 9000)
    data = path.read_bytes()
    found = read_digests(str(path))
    assert found.size == len(data)
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert found.blake2_256 == hashlib.blake2b(data, digest_size=32).hexdigest()
    assert read_digest(str(path), "sha384") == hashlib.sha384(data).hexdigest()


def test_the_strongest_hash_decides() -> None:
    assert strongest((("md5", "aa"), ("sha256", "BB"))) == ("sha256", "bb")
    assert strongest((("sha256", "bb"), ("sha512", "cc"))) == ("sha512", "cc")
    assert strongest((("whirlpool", "dd"),)) is None
