"""Compiling installed modules, on request.

Owns the choice of the files, the script that the target's interpreter runs on them, and the limit
for each file. Refuses to compile with any other interpreter than the target's, and to fail where a
module does not compile: distributions hold templates and code for other versions.
Follows PEP 552 for the kinds of `.pyc` files, chosen by `PYC_INVALIDATION_MODE`.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import value
from weft.system.lean import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weft.install.target import Target
    from weft.store.manifest import Manifest
    from weft.system.process import Completed

FILE_TIMEOUT = 60
MODES = ("TIMESTAMP", "CHECKED_HASH", "UNCHECKED_HASH")
# One byte of output per file: `c` compiled, `f` failed. The alarm ends a worker that hangs; the
# number of bytes then tells at which file. Runs on every Python 3 that can be a target.
_WORKER = """\
import os, py_compile, sys
limit, mode = int(sys.argv[1]), sys.argv[2]
options = {}
if mode:
    options["invalidation_mode"] = getattr(py_compile.PycInvalidationMode, mode)
try:
    from signal import alarm
except ImportError:
    alarm = lambda seconds: None
for path in sys.stdin.buffer.read().split(b"\\0"):
    alarm(limit)
    try:
        py_compile.compile(os.fsdecode(path), doraise=True, **options)
        answer = "c"
    except Exception:
        answer = "f"
    alarm(0)
    sys.stdout.write(answer)
    sys.stdout.flush()
"""


class CompileFailure(WeftError):
    """Bytecode compilation as such failed; the cause or the sentence says why."""


@value
class Compiled:
    """How many files have bytecode now, and how many do not compile."""

    files: int
    failed: int = 0


def source_files(target: Target, manifests: Iterable[Manifest]) -> list[str]:
    """The modules of installed wheels: absolute paths of their `.py` files in site directories."""
    found: list[str] = []
    for manifest in manifests:
        for scheme, _source, below, names, empties in manifest.groups:
            if scheme not in ("lib", "purelib", "platlib"):
                continue
            root = target.scheme(scheme, root_is_purelib=manifest.root_is_purelib, distribution="")
            directory = os.path.join(root, os.fsdecode(below)).rstrip("/")
            for name in (*names, *(empty for empty, _mode in empties)):
                if name.endswith(b".py"):
                    found.append(f"{directory}/{os.fsdecode(name)}")
    return found


def compile_files(
    target: Target,
    files: Sequence[str],
    *,
    environ: Mapping[str, str],
    workers: int = 2,
    file_timeout: int = FILE_TIMEOUT,
) -> Compiled:
    """Compile `files` (absolute paths) with the target's interpreter, `workers` at a time.

    Raises CompileFailure where the interpreter fails, or a file takes longer than `file_timeout`
    seconds; what was compiled until then stays.
    """
    mode = invalidation_mode(environ)
    if not files:
        return Compiled(0)
    from weft.system.workers import ThreadPool

    workers = max(1, min(workers, len(files)))
    batches = [list(files[start::workers]) for start in range(workers)]
    with ThreadPool(workers) as pool:
        tasks = [
            pool.submit(_run_worker, target.python, batch, mode, file_timeout) for batch in batches
        ]
        answers = [
            _check(task.result(), batch, file_timeout)
            for task, batch in zip(tasks, batches, strict=True)
        ]
    compiled = sum(answer.count(b"c") for answer in answers)
    return Compiled(compiled, sum(map(len, answers)) - compiled)


def invalidation_mode(environ: Mapping[str, str]) -> str:
    """The value of `PYC_INVALIDATION_MODE`, "" where it is not set. Raises CompileFailure."""
    mode = environ.get("PYC_INVALIDATION_MODE", "")
    if mode and mode not in MODES:
        valid = ", ".join(f'"{name}"' for name in MODES)
        raise CompileFailure(
            f'Invalid value for `PYC_INVALIDATION_MODE`: "{mode}". Valid values are {valid}'
        )
    return mode


def _run_worker(python: str, batch: list[str], mode: str, file_timeout: int) -> Completed:
    from weft.system.process import run

    argv = [python, "-I", "-S", "-c", _WORKER, str(file_timeout), mode]
    return run(argv, input=b"\0".join(map(os.fsencode, batch)))


def _check(done: Completed, batch: list[str], file_timeout: int) -> bytes:
    """The worker's answers. Raises CompileFailure."""
    if done.code == 0 and len(done.stdout) == len(batch):
        return done.stdout
    culprit = batch[min(len(done.stdout), len(batch) - 1)]
    if done.code == -14:  # SIGALRM
        raise CompileFailure(
            f"Bytecode compilation of `{culprit}` did not end within {file_timeout}s"
        )
    said = done.stderr.decode("utf-8", "replace").strip()
    error = CompileFailure(f"Bytecode compilation failed at `{culprit}`")
    error.__cause__ = WeftError(said or f"the interpreter ended with exit code {done.code}")
    raise error
