"""The exchange of an identity for a token."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.publish.helpers import sender, story
from tests.support.upload_server import Reply, UploadServer, identity_token
from weft.core.errors import WeftError
from weft.publish.trusted import burn, is_supported, mint

JSON = {"Content-Type": "application/json"}
CI = ("GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "CIRCLECI")


@pytest.fixture
def job(server: UploadServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A job of GitHub Actions: `id` looks at the environment of the process."""
    for name in CI:
        monkeypatch.delenv(name, raising=False)
    for name, text in server.actions_environment().items():
        monkeypatch.setenv(name, text)
    yield monkeypatch


def failure(server: UploadServer) -> list[str]:
    with pytest.raises(WeftError) as raised:
        mint(sender(retries=0), server.url)
    return story(raised.value)


@pytest.mark.parametrize("name", CI)
def test_jobs_of_ci_platforms_are_known_by_their_variable(name: str) -> None:
    assert is_supported({name: "true"})
    assert not is_supported({name: "false"})
    assert not is_supported({name: ""})


def test_an_identity_for_the_indexs_audience_buys_a_token(
    server: UploadServer, job: pytest.MonkeyPatch
) -> None:
    server.audience = "tests"
    assert mint(sender(), server.url) == "minted-token"
    (body,) = server.bodies["/_/oidc/mint-token"]
    assert json.loads(body) == {"token": identity_token("tests")}
    assert server.token_request.lower() == "bearer request-token"
    assert [path.partition("?")[0] for _, path in server.requests] == [
        "/_/oidc/audience",
        "/actions/token",
        "/_/oidc/mint-token",
    ]


def test_gitlab_gives_its_identity_in_a_variable_named_after_the_audience(
    server: UploadServer, job: pytest.MonkeyPatch
) -> None:
    job.delenv("GITHUB_ACTIONS")
    job.setenv("GITLAB_CI", "true")
    assert failure(server)[0] == "Failed to discover OIDC token"
    job.setenv("LOOPBACK_ID_TOKEN", identity_token("loopback"))
    assert mint(sender(), server.url) == "minted-token"


def test_a_token_is_given_back(server: UploadServer) -> None:
    burn(sender(), server.url, "minted-token")
    assert server.bodies["/_/oidc/burn-token"] == [b'{"token":"minted-token"}']
    server.pages["/_/oidc/burn-token"] = Reply(404)
    with pytest.raises(WeftError, match="Failed to fetch"):
        burn(sender(retries=0), server.url, "minted-token")


def test_a_missing_permission_is_named(server: UploadServer, job: pytest.MonkeyPatch) -> None:
    job.delenv("ACTIONS_ID_TOKEN_REQUEST_URL")
    assert failure(server)[0] == (
        "Failed to obtain OIDC token: is the `id-token: write` permission missing?"
    )


def test_without_a_platform_nothing_is_minted(
    server: UploadServer, job: pytest.MonkeyPatch
) -> None:
    job.delenv("GITHUB_ACTIONS")
    assert failure(server) == [
        "No OIDC token discovered: are you in a supported trusted publishing environment?"
    ]
    assert "/_/oidc/mint-token" not in server.bodies


@pytest.mark.parametrize(
    ("path", "reply", "expected"),
    [
        ("/_/oidc/audience", Reply(404), "HTTP status client error (404 Not Found)"),
        ("/_/oidc/audience", Reply(200, b"x"), "error decoding response body"),
        ("/_/oidc/audience", Reply(200, b'{"a": 1}', JSON), "missing field `audience`"),
        ("/_/oidc/mint-token", Reply(200, b"[]", JSON), "missing field `token`"),
        ("/_/oidc/mint-token", Reply(200, b'{"token": ""}', JSON), "missing field `token`"),
        ("/actions/token", Reply(403, b"no"), "OIDC token request failed (code=403"),
        ("/actions/token", Reply(200, b"no"), "malformed or incomplete JSON"),
    ],
)
def test_every_step_can_fail_and_says_so(
    server: UploadServer, job: pytest.MonkeyPatch, path: str, reply: Reply, expected: str
) -> None:
    server.pages[path] = reply
    assert any(expected in text for text in failure(server))


def test_an_index_that_knows_no_such_publisher_is_quoted_with_the_claims_it_saw(
    server: UploadServer, job: pytest.MonkeyPatch
) -> None:
    said = b'{"errors":[{"code":"invalid-publisher"}]}'
    server.pages["/_/oidc/mint-token"] = Reply(422, said, JSON)
    (text,) = failure(server)
    assert text == (
        "Server returned error code 422 Unprocessable Entity, is trusted publishing correctly "
        f"configured?\nResponse: {said.decode()}\nToken claims, which must match the publisher "
        "configuration:\n  sub: repo:octo/demo:ref:refs/heads/main"
    )
    assert "c2lnbmF0dXJl" not in text, "the token itself is never shown"


def test_tokens_go_over_https_wherever_the_index_is() -> None:
    from weft.publish.trusted import _base

    assert _base("http://index.example.org/legacy/") == "https://index.example.org"
    assert _base("http://u:p@index.example.org:8080/legacy/") == "https://index.example.org:8080"
    assert _base("https://index.example.org/legacy/") == "https://index.example.org"
    assert _base("http://127.0.0.1:8080/legacy/") == "http://127.0.0.1:8080"
