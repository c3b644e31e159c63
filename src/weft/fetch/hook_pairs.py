"""A hook that is called in the process which has just told what it requires.

Owns the program that does this: it loads the back end once, answers `get_requires_for_*` in a fork
of itself, and calls the next hook if nothing further is required. So each hook still finds a
process in which no other hook has run, and the start of an interpreter with a back end, which is
most of what a small build costs, is paid once. Refuses to fork where threads run, and to judge
answers. Follows PEP 517: each hook has a process of its own.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weft.system.process import Completed

# Runs on every Python 3 that can be a target, and is in no traceback. `script` is that of
# `pyproject_hooks`, which reads its question from a directory and writes its answer there.
_PROGRAM = """\
import os, sys
script, mark, known, asked, first, following, second = sys.argv[1:]
if sys.path and not sys.path[0]:
    del sys.path[0]
import importlib, json

def show(kind, error, trace):
    while trace is not None and trace.tb_frame.f_code.co_filename == "<string>":
        trace = trace.tb_next
    sys.__excepthook__(kind, error.with_traceback(trace), trace)

def call(hook, directory):
    sys.excepthook = show
    sys.argv[:] = [script, hook, directory]
    with open(script, "rb") as file:
        code = compile(file.read(), script, "exec")
    exec(code, {"__name__": "__main__", "__file__": script})

def goes_on(status):
    if os.WIFSIGNALED(status):
        os.kill(os.getpid(), os.WTERMSIG(status))
    if status:
        os._exit(os.WEXITSTATUS(status))
    with open(os.path.join(first, "output.json"), encoding="utf-8") as file:
        required = json.load(file).get("return_val")
    return isinstance(required, list) and all(each in json.loads(known) for each in required)

child = 0
try:
    importlib.import_module(os.environ["_PYPROJECT_HOOKS_BUILD_BACKEND"].partition(":")[0])
except ImportError:
    second = ""
threads = sys.modules.get("threading")
if sys.platform != "linux" or threads is not None and threads.active_count() > 1:
    second = ""
if second:
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
if not child:
    call(asked, first)
elif goes_on(os.waitpid(child, 0)[1]):
    os.mkdir(os.path.join(second, "begun"))
    os.write(1, mark.encode())
    os.write(2, mark.encode())
    call(following, second)
"""


@value
class Following:
    """The hook to call if what is required is among `known`; `question` is its `input.json`."""

    hook: str
    question: bytes
    known: Sequence[str]


@value
class Ahead:
    """What became of a hook that was called ahead; `answer` is None where it failed."""

    hook: str
    question: bytes
    answer: bytes | None
    completed: Completed


def run_pair(
    command: Sequence[str], following: Following, *, run: Callable[[Sequence[str]], Completed]
) -> tuple[Completed, Ahead | None]:
    """Run `command` (interpreter, script, hook, directory), and what follows it.

    The first is what became of `command` alone.
    """
    import json

    from weft.core.value import replace
    from weft.system.files import random_name, read_bytes
    from weft.system.lean import os

    python, script, hook, first = command
    second, mark = os.path.join(first, "following"), random_name()
    os.mkdir(second)
    with open(os.path.join(second, "input.json"), "wb") as file:
        file.write(following.question)
    known = json.dumps(list(following.known))
    words = (script, mark, known, hook, first, following.hook, second)
    done = run((python, "-c", _PROGRAM, *words))
    if not os.path.isdir(os.path.join(second, "begun")):
        return done, None
    # The middle of a long output is not kept, perhaps with the mark: then all is the latter's.
    before_out, _, out = done.stdout.rpartition(mark.encode())
    before_err, _, err = done.stderr.rpartition(mark.encode())
    answer = None if done.code else read_bytes(os.path.join(second, "output.json"))
    ahead = Ahead(following.hook, following.question, answer, replace(done, stdout=out, stderr=err))
    return replace(done, code=0, stdout=before_out, stderr=before_err), ahead
