"""A local copy of the part of the index that the workload needs.

Owns fetching it once (pages and files, kept in `bench/results`) and serving it on loopback by
nginx. The pages are the public index's own, with every version they list, so that resolving is
as much work as in real life; only the files of the chosen versions are there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
import zipfile
from pathlib import Path

from weft.core.defaults import DEFAULT_INDEX

RESULTS = Path(__file__).parent / "results"
WORKLOAD = ("jupyter", "flask", "pandas")


def index_url() -> str:
    return os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL") or DEFAULT_INDEX


def fetch(python: str, uv: str) -> Path:
    """The directory to serve: `simple/<project>/index.html` and `files/<file>`; made once."""
    site = RESULTS / "site"
    if (site / "complete").exists():
        return site
    files = site / "files"
    files.mkdir(parents=True, exist_ok=True)
    pins = subprocess.run(
        [uv, "pip", "compile", "-q", "--no-header", "--no-annotate", "--python", python, "-"],
        input="\n".join(WORKLOAD), capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    (site / "pins.txt").write_text(pins)
    subprocess.run(
        [python, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:",
         "-d", str(files), "-r", str(site / "pins.txt")], check=True,
    )  # fmt: skip
    for wheel in files.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            inner = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
            (files / f"{wheel.name}.metadata").write_bytes(archive.read(inner))
    for line in pins.split():
        name = line.split("==")[0]
        with urllib.request.urlopen(f"{index_url()}/{name}/", timeout=120) as response:
            page = response.read().decode()
        page = re.sub(r'href="[^"]*/([^"/#]+)(#[^"]*)?"', r'href="/files/\1\2"', page)
        folder = site / "simple" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.html").write_text(page)
    (site / "complete").write_text(json.dumps({"pins": len(pins.split())}))
    return site


CONFIGURATION = """
daemon off; master_process off; pid {run}/pid; error_log {run}/error.log;
events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; keepalive_requests 100000;
  client_body_temp_path {run}; proxy_temp_path {run}; fastcgi_temp_path {run};
  uwsgi_temp_path {run}; scgi_temp_path {run};
  types {{ text/html html; }} default_type application/octet-stream;
  server {{ listen 127.0.0.1:{port}; root {site}; index index.html; etag off; if_modified_since off;
    add_header Last-Modified ""; }} }}
"""


class Server:
    """nginx over the mirror, on a port that is free; a context manager whose value is the index's
    address."""

    def __init__(self, site: Path) -> None:
        self.site = site
        self.program = shutil.which("nginx") or "/usr/sbin/nginx"
        if not os.path.exists(self.program):
            raise SystemExit("error: the mirror is served by nginx: apt-get install nginx-light")

    def __enter__(self) -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.run = RESULTS / f"nginx-{port}"
        self.run.mkdir()
        (self.run / "conf").write_text(
            CONFIGURATION.format(run=self.run, port=port, site=self.site)
        )
        command = [self.program, "-c", str(self.run / "conf"), "-p", str(self.run)]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}/simple"
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                return url
            except OSError:
                time.sleep(0.05)
        self.__exit__()
        raise SystemExit("error: nginx did not start")

    def __exit__(self, *_exception: object) -> None:
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.run, ignore_errors=True)
