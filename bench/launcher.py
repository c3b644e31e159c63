"""Starts the commands that are measured: `python -IS bench/launcher.py`, small on purpose.

Owns the clock. The kernel counts the memory of a process before `exec`, its parent's, towards its
peak; so a command has to be started by something smaller than anything that is measured. Reads
marshalled (command, environ, cwd, path of the output, first, seconds) from stdin and answers
with (exit code, wall, cpu, peak bytes). `first` puts the command before what else is due on the
machine (SCHED_RR); one that takes longer than `seconds` is killed.
"""

import marshal
import os
import signal
import sys
import time


def main() -> None:
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    while True:
        try:
            job = marshal.load(source)
        except EOFError:
            return
        marshal.dump(run(*job), answers)
        answers.flush()


def run(command, environ, cwd, output, first, longest):  # type: ignore[no-untyped-def]
    os.chdir(cwd)
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    more = {"scheduler": (os.SCHED_RR, os.sched_param(1))} if first else {}
    start = time.perf_counter()
    child = os.posix_spawnp(command[0], command, environ, file_actions=actions, **more)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(longest)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    signal.alarm(0)
    code = os.waitstatus_to_exitcode(status)
    return code, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


if __name__ == "__main__":
    main()
