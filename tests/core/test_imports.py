"""The vocabulary is loaded at every start: it must not bring the standard library along."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import weft.core

SCRIPT = """
import sys
before = set(sys.modules)
import weft.core.version, weft.core.specifier, weft.core.requirement, weft.core.metadata
import weft.core.tags, weft.core.filename, weft.core.distribution, weft.core.dates
import weft.core.digest, weft.core.quantities, weft.core.mend, weft.core.ranges
from weft.core.requirement import Requirement
from weft.core.metadata import Metadata
Requirement.parse("a[b]>=1.0rc1,!=1.5.* ; python_version >= '3.8' and extra == 'c'")
Requirement.parse_lenient("a (>=1.0.*)")
from weft.core.marker_sets import MarkerSet
MarkerSet.parse("python_version >= '3.8' or os_name == 'nt'").text
Metadata.parse(b"Name: a\\nVersion: 1.0.post1\\nRequires-Dist: b\\n").requirements
weft.core.dates.parse_cutoff("3 days", 0)
weft.core.digest.short_digest("a")
loaded = {name for name in set(sys.modules) - before if not name.startswith("weft")}
print(",".join(sorted(loaded)))
"""


def test_parsing_needs_of_the_standard_library_the_hash_and_error_numbers_alone() -> None:
    source = str(Path(weft.core.__file__).parents[2])
    program = f"import sys; sys.path.insert(0, {source!r})\n{SCRIPT}"
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", program], capture_output=True, text=True, check=True
    )
    assert set(done.stdout.strip().split(",")) <= {"__future__", "_sha256", "_sha2", "errno"}
