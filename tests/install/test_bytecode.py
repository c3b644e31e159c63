"""Bytecode on request, by the interpreter that will run it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.install.helpers import PYC, Environment
from tests.support.wheels import make_wheel
from weft.core.value import replace
from weft.install.bytecode import (
    Compiled,
    CompileFailure,
    compile_files,
    invalidation_mode,
    source_files,
)

FILES = {
    "demo/__init__.py": "x = 1\n",
    "demo/sub/empty.py": "",
    "demo/template.py": "def {{ name }}(:\n",
    "demo/data.txt": "",
    "top.py": "y = 2\n",
}


def installed(environment: Environment, tmp_path: Path, mode: str = "auto") -> list[str]:
    wheel = make_wheel(tmp_path, files=FILES, data={"purelib/demo/pure.py": "", "data/x.py": ""})
    environment.install(wheel, mode=mode)
    manifests = [item[1] for item in environment.items([wheel])]
    return source_files(environment.target, manifests)


def test_the_modules_of_site_packages_are_found(environment: Environment, tmp_path: Path) -> None:
    files = installed(environment, tmp_path)
    relative = {os.path.relpath(path, environment.target.purelib) for path in files}
    expected = {path for path in FILES if path.endswith(".py")} | {"demo/pure.py"}
    assert relative == expected


@pytest.mark.parametrize("mode", ["auto", "symlink"])
def test_files_are_compiled_and_failures_muted(
    mode: str, environment: Environment, tmp_path: Path
) -> None:
    files = installed(environment, tmp_path, mode)
    assert compile_files(environment.target, files, environ={}) == Compiled(4, failed=1)
    assert os.path.exists(environment.site(f"__pycache__/top.{PYC}"))
    code = "import sys; sys.dont_write_bytecode = True; import demo, demo.pure; print(demo.x)"
    assert environment.run("-c", code) == "1\n"
    environment.uninstall("demo")
    assert os.listdir(environment.target.purelib) in ([], ["__pycache__"])


@pytest.mark.parametrize(
    ("mode", "flags"), [("TIMESTAMP", 0), ("CHECKED_HASH", 3), ("UNCHECKED_HASH", 1)]
)
def test_the_kind_of_bytecode_is_chosen_by_the_environment(
    mode: str, flags: int, environment: Environment, tmp_path: Path
) -> None:
    files = installed(environment, tmp_path)
    compile_files(environment.target, files, environ={"PYC_INVALIDATION_MODE": mode}, workers=1)
    data = Path(environment.site(f"__pycache__/top.{PYC}")).read_bytes()
    assert int.from_bytes(data[4:8], "little") == flags


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(CompileFailure, match='"TIMESTAMP", "CHECKED_HASH", "UNCHECKED_HASH"'):
        invalidation_mode({"PYC_INVALIDATION_MODE": "x"})


def test_a_file_that_takes_too_long_is_named(environment: Environment, tmp_path: Path) -> None:
    files = installed(environment, tmp_path)
    slow = environment.site("slow.py")
    os.mkfifo(slow)  # reading it waits for ever
    with pytest.raises(CompileFailure, match=rf"of `{slow}` did not end within 3s"):
        compile_files(environment.target, [files[0], slow], environ={}, workers=1, file_timeout=3)


def test_an_interpreter_that_fails_is_an_error(environment: Environment, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho no such library >&2\nexit 3\n")
    broken.chmod(0o755)
    target = replace(environment.target, python=str(broken))
    with pytest.raises(CompileFailure) as caught:
        compile_files(target, ["/x.py"], environ={})
    assert str(caught.value.__cause__) == "no such library"


def test_nothing_to_compile_starts_nothing(environment: Environment) -> None:
    target = replace(environment.target, python="/nonexistent")
    assert compile_files(target, [], environ={}) == Compiled(0)
