"""`weft audit`: what is known about the packages of a lock, an environment and a script."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.beside_uv import Twins
from tests.support.commands import Finished, Weft
from tests.support.index_server import IndexServer
from tests.support.osv_server import OsvServer

PROJECT = """[project]
name = "demo"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["lantern==1.0"]

[project.optional-dependencies]
far = ["mirror==1.0; sys_platform == 'win32'"]

[dependency-groups]
dev = ["oil"]
lint = ["wick"]
"""
BATCH = "/v1/querybatch"


@pytest.fixture
def osv() -> Iterator[OsvServer]:
    with OsvServer() as server:
        yield server


@pytest.fixture
def known(osv: OsvServer) -> OsvServer:
    """Two that are about `oil`, one without much to say, and one about `wick`."""
    osv.add("GHSA-a", "oil", ["3.0"], fixed=["4.0", "3.5"], aliases=["CVE-2026-1", "PYSEC-2026-9"])
    osv.add("OSV-2", "oil", ["3.0"], aliases=["CVE-2026-7"], references=None, summary=None)
    osv.add("MAL-1", "wick", ["2.0"], summary="bad\n thing ", fixed=["nonsense"])
    return osv


@pytest.fixture
def project(weft: Weft) -> Weft:
    (weft.cwd / "pyproject.toml").write_text(PROJECT)
    weft.environ["WEFT_PREVIEW"] = "1"
    return weft


def audit(weft: Weft, osv: OsvServer, *words: str, **environ: str) -> Finished:
    return weft("audit", "--service-url", osv.url, *words, **environ)


@pytest.fixture
def twins(tmp_path: Path, index: IndexServer, caches: Path) -> Twins:
    found = Twins(tmp_path / "twins", index.url, caches)
    found.write("pyproject.toml", PROJECT)
    found.environ["UV_PREVIEW_FEATURES"] = "audit-command,json-output"
    return found


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["-q"],
        ["--output-format", "json"],
        ["--ignore", "CVE-2026-1", "--ignore", "OSV-2", "--ignore", "MAL-1"],
        ["--ignore", "no", "--ignore-until-fixed", "OSV-2", "--ignore-until-fixed", "GHSA-a"],
        ["--only-group", "lint"],
        ["--only-group", "nothing"],
        ["--no-group", "lint", "--no-dev"],
        ["--no-default-groups"],
        ["--only-dev"],
        ["--no-extra", "far"],
        ["--frozen"],
        ["--locked"],
        ["--offline"],
        ["--service-format", "other"],
    ],
    ids=" ".join,
)
def test_projects_are_audited_like_uv(twins: Twins, known: OsvServer, words: list[str]) -> None:
    assert twins.same("audit", "--service-url", known.url, *words).code in (0, 1, 2)


def test_without_preview_it_is_said_what_may_change(twins: Twins, known: OsvServer) -> None:
    words = ("audit", "--service-url", known.url, "--output-format", "json")
    del twins.environ["UV_PREVIEW_FEATURES"]
    ours, theirs = (twins.outcome(name, *words) for name in ("weft", "uv"))
    assert (ours.code, ours.out) == (theirs.code, theirs.out)
    assert ours.err == theirs.err.replace("`uv audit`", "`weft audit`")
    assert ours.err.count("warning:") == 2


def test_scripts_are_audited_like_uv(twins: Twins, known: OsvServer) -> None:
    twins.write("job.py", '# /// script\n# dependencies = ["oil==3.0"]\n# ///\n')
    found = twins.same("audit", "--service-url", known.url, "--script", "job.py")
    assert "oil 3.0 has 2 known vulnerabilities:" in found.out
    assert found.files.keys() == {"job.py", "pyproject.toml"}  # no lock is left behind


def with_status(index: IndexServer, name: str, **status: str) -> None:
    kind = "application/vnd.pypi.simple.v1+json"
    page = json.loads(index.page(index.filenames(name), title=name, as_json=True))
    page["project-status"] = status
    index.pages[f"/simple/{name}/"] = (kind, json.dumps(page).encode())


@pytest.mark.parametrize("words", [[], ["--output-format", "json"]], ids=" ".join)
def test_bad_states_of_projects_are_told_like_uv(
    twins: Twins, known: OsvServer, index: IndexServer, words: list[str]
) -> None:
    with_status(index, "lantern", status="deprecated", reason="see elsewhere")
    with_status(index, "oil", status="quarantined")
    with_status(index, "wick", status="active")
    ignored = [word for name in ("GHSA-a", "OSV-2", "MAL-1") for word in ("--ignore", name)]
    told = ("audit", "--service-url", known.url, *words, *ignored)
    ours, theirs = (twins.outcome(name, *told) for name in ("weft", "uv"))
    assert ours.code == theirs.code == 0  # a bad state is no vulnerability
    assert sorted(ours.out.splitlines()) == sorted(theirs.out.splitlines())  # uv's order varies
    assert ours.err == theirs.err
    assert "quarantined" in ours.out


def test_an_index_that_does_not_answer_has_nothing_to_say(
    project: Weft, known: OsvServer, index: IndexServer
) -> None:
    project.ok("lock")
    index.close()
    done = audit(project, known, "--frozen")
    assert done.code == 1
    assert "Found 3 known vulnerabilities and no adverse project statuses in 4 packages" in done.err


def test_a_platform_leaves_out_what_would_not_be_installed(project: Weft, known: OsvServer) -> None:
    linux = audit(project, known, "--python-platform", "linux")
    windows = audit(project, known, "--python-platform", "windows", "--python-version", "3.12")
    assert linux.lines[-1].endswith("in 3 packages")
    assert windows.lines[-1].endswith("in 4 packages")


def test_settings_files_may_ignore(project: Weft, known: OsvServer) -> None:
    (project.cwd / "pyproject.toml").write_text(
        PROJECT + '[tool.uv.audit]\nignore = ["GHSA-a", "MAL-1"]\nignore-until-fixed = ["OSV-2"]\n'
    )
    assert audit(project, known).code == 0
    (project.cwd / "pyproject.toml").write_text(PROJECT + "[tool.uv.audit]\nignored = []\n")
    assert "unknown field `ignored`" in audit(project, known).err


def test_an_environment_can_be_audited(weft: Weft, known: OsvServer) -> None:
    weft.venv()
    weft.ok("pip", "install", "oil==3.0", "wick==1.0")
    done = audit(weft, known, "--installed", "--output-format", "json", "--preview")
    assert done.code == 1
    document = json.loads(done.out)
    assert document["summary"]["audited_packages"] == 2
    assert {each["id"] for each in document["vulnerabilities"]} == {"GHSA-a", "OSV-2"}


# SARIF.


def check_sarif(log: dict[str, Any]) -> dict[str, Any]:
    """What the schema of SARIF 2.1.0 demands of what is used here; the run."""
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "weft"
    rules = {rule["id"] for rule in driver.get("rules", ())}
    assert len(rules) == len(driver.get("rules", ()))  # uniqueItems
    for rule in driver.get("rules", ()):
        assert rule["help"]["text"]
        assert "://" in rule["helpUri"]
    for result in run["results"]:
        assert result["ruleId"] in rules
        assert result["kind"] == "fail"
        assert result["level"] in ("error", "warning")
        assert result["message"]["text"]
        assert all(isinstance(text, str) for text in result["partialFingerprints"].values())
        for location in result["locations"]:
            physical = location["physicalLocation"]
            assert physical["region"]["startLine"] >= 1
            assert " " not in physical["artifactLocation"]["uri"]
            assert location["logicalLocations"][0]["kind"] == "package"
    for invocation in run["invocations"]:
        assert invocation["executionSuccessful"] is True
    return run  # type: ignore[no-any-return]


def test_sarif_is_what_uv_writes_but_for_the_name(
    twins: Twins, known: OsvServer, index: IndexServer
) -> None:
    with_status(index, "lantern", status="archived")
    words = ("audit", "--service-url", known.url, "--output-format", "sarif")
    ours, theirs = (twins.run_one(name, *words) for name in ("weft", "uv"))
    assert ours.code == theirs.code == 1
    run = check_sarif(json.loads(ours.out))
    assert len(run["results"]) == 4
    expected = json.loads(theirs.out.replace('"uv/', '"weft/'))
    for name in ("downloadUri", "informationUri", "semanticVersion", "version"):
        expected["runs"][0]["tool"]["driver"].pop(name)
        run["tool"]["driver"].pop(name, None)
    expected["runs"][0]["tool"]["driver"]["name"] = "weft"
    assert run == expected["runs"][0]


def test_sarif_of_nothing_is_valid(project: Weft, osv: OsvServer) -> None:
    done = audit(project, osv, "--output-format", "sarif")
    assert done.code == 0
    assert check_sarif(json.loads(done.out))["results"] == []


# Requests.


def test_all_packages_are_asked_about_at_once_and_records_once(
    project: Weft, known: OsvServer
) -> None:
    audit(project, known)
    assert known.count(BATCH) == 1
    assert known.count("/v1/vulns/") == 3


def test_what_was_found_is_kept_and_what_was_not_is_asked_again(
    project: Weft, known: OsvServer
) -> None:
    audit(project, known)
    known.forget()
    assert audit(project, known).code == 1
    asked = known.asked
    assert [path for _, path, _ in asked] == [BATCH]
    names = {query["package"]["name"] for query in asked[0][2]["queries"]}
    assert names == {"lantern", "mirror"}
    known.forget()
    audit(project, known, "--refresh")
    assert known.count(BATCH) == 1
    assert known.count("/v1/vulns/") == 3


def test_what_is_kept_grows_old(project: Weft, known: OsvServer) -> None:
    audit(project, known)
    for path in (project.cache / "installed-v1").iterdir():
        if path.name.startswith("audit-"):
            os.utime(path, (1, 1))
    known.forget()
    audit(project, known)
    assert known.count("/v1/vulns/") == 3


def test_what_is_kept_and_damaged_is_asked_for_again(project: Weft, known: OsvServer) -> None:
    first = audit(project, known)
    for path in (project.cache / "installed-v1").iterdir():
        if path.name.startswith("audit-"):
            path.write_bytes(b"\x00garbage")
    again = audit(project, known)
    assert (again.code, again.out) == (first.code, first.out)


def test_answers_in_pages_are_read_to_their_end(project: Weft) -> None:
    with OsvServer(page=2) as osv:
        for number in range(5):
            osv.add(f"GHSA-{number}", "oil", ["3.0"])
        done = audit(project, osv)
        assert "oil 3.0 has 5 known vulnerabilities:" in done.out
        assert osv.count(BATCH) == 3


def test_the_address_may_have_a_path_and_a_login(project: Weft, known: OsvServer) -> None:
    address = known.url.replace("://", "://jo:secret@") + "/"
    done = project("audit", "--service-url", address)
    assert done.code == 1
    known.answers[BATCH] = 500
    done = project("audit", "--service-url", address, "--refresh")
    assert done.code == 2
    assert "secret" not in done.err


# Servers that fail, and hostile ones. Exit code 1 is for vulnerabilities alone.


def failure(project: Weft, osv: OsvServer, **environ: str) -> list[str]:
    done = audit(project, osv, **environ)
    assert done.code == 2
    assert done.out == ""
    assert "Traceback" not in done.err
    return done.lines[[line.startswith("error") for line in done.lines].index(True) :]


@pytest.mark.parametrize("status", [302, 403, 404, 429, 500])
def test_a_status_of_failure_is_told(project: Weft, known: OsvServer, status: int) -> None:
    known.answers[BATCH] = status
    lines = failure(project, known)
    assert lines[0] == f"error: Failed to fetch: {known.url}{BATCH}"
    assert str(status) in lines[1]


def test_an_answer_that_is_none_is_told(project: Weft, known: OsvServer) -> None:
    known.answers[BATCH] = b"garbage"
    assert failure(project, known) == [
        f"error: error decoding response body for url ({known.url}{BATCH})",
        "  cause: expected value at line 1 column 1",
    ]


def test_an_answer_that_says_too_little_is_no_good_news(project: Weft, known: OsvServer) -> None:
    known.answers[BATCH] = b'{"results": []}'
    assert failure(project, known)[1] == "  cause: expected 4 results, found 0"


def test_an_identifier_that_would_do_harm_is_refused(project: Weft, known: OsvServer) -> None:
    found = {"results": [{"vulns": [{"id": "../../../../etc/passwd"}]}, {}, {}, {}]}
    known.answers[BATCH] = json.dumps(found).encode()
    assert failure(project, known)[1] == ("  cause: `../../../../etc/passwd` is not an identifier")
    assert known.count("/") == 1  # nothing was asked for under such a name


def test_pages_without_end_are_given_up(project: Weft, known: OsvServer) -> None:
    def page(number: int) -> bytes:
        rows = [{"next_page_token": f"more {number}"}, {}, {}, {}]
        return json.dumps({"results": rows if number == 0 else rows[:1]}).encode()

    known.answers[BATCH] = [page(number) for number in range(200)]
    assert failure(project, known)[1] == "  cause: the answer has no end"


def test_a_record_that_is_none_is_told(project: Weft, known: OsvServer) -> None:
    known.answers["/v1/vulns/MAL-1"] = b'{"id": "OTHER"}'
    lines = failure(project, known)
    assert lines[0] == "error: OSV returned a malformed vulnerability record for `MAL-1`"
    assert lines[-1] == "  cause: the record has another `id`"


def test_a_record_that_is_missing_is_told(project: Weft, known: OsvServer) -> None:
    del known.records["MAL-1"]
    assert failure(project, known)[0] == f"error: Failed to fetch: {known.url}/v1/vulns/MAL-1"


def test_a_record_of_unbearable_size_is_refused(project: Weft, known: OsvServer) -> None:
    known.answers["/v1/vulns/MAL-1"] = b'{"id": "MAL-1", "details": "' + b"x" * (9 << 20) + b'"}'
    assert failure(project, known)[0].startswith("error: ")


def test_texts_of_records_do_not_command_the_terminal(project: Weft, osv: OsvServer) -> None:
    osv.add("X-1", "oil", ["3.0"], summary="\u001b[2Jgone", aliases=["\u001b[31m", "CVE-1"],
            references=[{"type": "ADVISORY", "url": "https://example.com/\u001b]0;x"}])  # fmt: skip
    done = audit(project, osv)
    assert done.code == 1
    assert "- CVE-1:  [2Jgone" in done.out
    assert "\u001b" not in done.out


def test_a_server_that_recovers_is_asked_again(project: Weft, known: OsvServer) -> None:
    known.answers[BATCH] = [503]
    known.answers["/v1/vulns/MAL-1"] = [429]
    assert audit(project, known).code == 1


def test_a_server_that_hangs_is_given_up(project: Weft, known: OsvServer) -> None:
    known.answers[BATCH] = 30.0
    lines = failure(project, known, WEFT_HTTP_TIMEOUT="1", WEFT_HTTP_RETRIES="0")
    assert lines[0] == f"error: Failed to fetch: {known.url}{BATCH}"


def test_a_server_that_is_not_there_is_told(project: Weft) -> None:
    done = project("audit", "--service-url", "http://127.0.0.1:9/")
    assert done.code == 2
    assert "error: Failed to fetch: http://127.0.0.1:9/v1/querybatch" in done.lines
    assert done.lines[-1] == "  cause: Connection refused (os error 111)"


def test_a_cache_that_cannot_be_written_is_no_hindrance(project: Weft, known: OsvServer) -> None:
    project.ok("lock")
    notes = project.cache / "installed-v1"
    shutil.rmtree(notes, ignore_errors=True)
    notes.write_text("")
    assert audit(project, known, "--frozen").code == 1


def test_without_a_lock_frozen_is_an_error(project: Weft, known: OsvServer) -> None:
    done = audit(project, known, "--frozen")
    assert done.code == 1
    assert "Unable to find lockfile at `uv.lock`, but `--frozen` was provided" in done.err
