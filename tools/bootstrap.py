"""Make weft's own development environment, with weft.

Owns the first step on a machine that has Python 3.11, git and make but neither pip nor venv: it
fetches the two pure wheels that weft needs to speak HTTP, and then lets weft do the rest.
Refuses third-party imports. Reads Simple pages (PEP 503); every file is pinned by hash below.
"""

import hashlib
import os
import re
import subprocess
import sys
import urllib.parse
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCE = os.path.join(ROOT, "src")
BOOT = os.path.join(ROOT, ".boot")
PINNED = {
    "urllib3-2.8.0-py3-none-any.whl": (
        "0cf3cae568d36aa9576b28dfb35f11328f1cb974ca7647d9475ebb86c75ac6e3"
    ),
    "truststore-0.10.5-py3-none-any.whl": (
        "9aaaedaefaf06d8b206278cf8b5012bc897f485a874503501e12d776df78951c"
    ),
}


def index_url() -> str:
    """The index that the machine is set up for, else the public one."""
    for name in ("WEFT_DEFAULT_INDEX", "UV_DEFAULT_INDEX", "PIP_INDEX_URL"):
        if os.environ.get(name):
            return os.environ[name]
    sys.path.insert(0, SOURCE)
    from weft.core.defaults import DEFAULT_INDEX

    return DEFAULT_INDEX


def fetch(filename: str, digest: str) -> str:
    """Path of the wheel in `.boot`, downloaded and checked if it is not there yet."""
    path = os.path.join(BOOT, filename)
    if os.path.exists(path):
        with open(path, "rb") as stream:
            if hashlib.sha256(stream.read()).hexdigest() == digest:
                return path
    page_url = f"{index_url().rstrip('/')}/{filename.split('-')[0]}/"
    request = urllib.request.Request(page_url, headers={"Accept": "text/html"})
    with urllib.request.urlopen(request, timeout=60) as response:
        page = response.read().decode()
        base = response.url
    found = re.search(r'href="([^"]*/' + re.escape(filename) + r')(?:#[^"]*)?"', page)
    if not found:
        raise SystemExit(f"error: {page_url} does not list `{filename}`")
    with urllib.request.urlopen(urllib.parse.urljoin(base, found[1]), timeout=60) as response:
        data = response.read()
    if hashlib.sha256(data).hexdigest() != digest:
        raise SystemExit(f"error: `{filename}` has another hash than the pinned one")
    os.makedirs(BOOT, exist_ok=True)
    with open(path + ".part", "wb") as stream:
        stream.write(data)
    os.replace(path + ".part", path)
    return path


def weft(*words: str, wheels: list[str]) -> None:
    """Run weft from the source tree with nothing installed."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([SOURCE, *wheels])}
    environ.pop("VIRTUAL_ENV", None)
    result = subprocess.run([sys.executable, "-m", "weft", *words], env=environ, cwd=ROOT)
    if result.returncode:
        raise SystemExit(result.returncode)


def write_entry_scripts(environment: str) -> None:
    """The lean start out of the checkout."""
    sys.path.insert(0, SOURCE)
    from weft.ops.start_scripts import ENTRIES, write_script

    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    packages = os.path.join(environment, "lib", version, "site-packages")
    with open(os.path.join(packages, "weft-source.pth"), "w") as stream:
        stream.write(SOURCE + "\n")
    binaries = os.path.join(environment, "bin")
    for name, entry in ENTRIES.items():
        write_script(
            os.path.join(binaries, name),
            python=os.path.join(binaries, "python"),
            source=SOURCE,
            packages=packages,
            entry=entry,
        )


def main() -> None:
    """`bootstrap.py ENVIRONMENT`: make the environment complete, or leave it without its mark."""
    environment = os.path.abspath(sys.argv[1])
    wheels = [fetch(name, digest) for name, digest in PINNED.items()]
    weft("venv", "--quiet", "--clear", "--python", sys.executable, environment, wheels=wheels)
    weft(
        *("pip", "install", "--python", environment, "--only-binary", ":all:"),
        *("-r", "pyproject.toml", "--group", "dev"),
        wheels=wheels,
    )
    write_entry_scripts(environment)
    with open(os.path.join(environment, "weft-ready"), "w"):
        pass


if __name__ == "__main__":
    main()
