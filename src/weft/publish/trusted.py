"""Trusted publishing: a short-lived token instead of a secret.

Owns the exchange: the audience that the index wants, an identity token of the CI platform for that
audience (through the library `id`), the upload token that the index mints for it, and giving that
token back. Refuses to send a token over plain http, except to this machine, and to show one.
Follows the docs of Warehouse, "Trusted publishers: internals and technical details".
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.index.failures import FetchFailure, StatusFailure
from weft.index.urls import Url
from weft.publish.errors import describe_status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.publish.sender import Reply, Sender

USER = "__token__"
_PLATFORMS = ("GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "CIRCLECI")
_LOCAL = ("127.0.0.1", "localhost", "[::1]")
_CLAIMS = (
    "sub", "repository", "repository_owner", "repository_owner_id", "workflow_ref",
    "job_workflow_ref", "ref", "environment", "project_path", "namespace_id", "ci_config_ref_uri",
    "organization_slug", "pipeline_slug",
)  # fmt: skip


class Untrusted(WeftError):
    """One step of the exchange failed."""


def is_supported(environ: Mapping[str, str]) -> bool:
    """Whether this is a job of a CI platform that gives identity tokens."""
    return any(environ.get(name, "").lower() not in ("", "0", "false") for name in _PLATFORMS)


def mint(sender: Sender, publish_url: str) -> str:
    """An upload token for the index that takes uploads at `publish_url`.

    The identity is that of this process's environment. Raises `Untrusted` and `FetchFailure`.
    """
    base = _base(publish_url)
    audience = _text(_get(sender, f"{base}/_/oidc/audience"), "audience", f"{base}/_/oidc/audience")
    identity = _identity(audience)
    url = f"{base}/_/oidc/mint-token"
    reply = _post(sender, url, identity)
    if not 200 <= reply.status < 300:
        raise Untrusted(_rejection(reply, identity))
    return _text(reply, "token", url)


def burn(sender: Sender, publish_url: str, token: str) -> None:
    """Give the token back, so that nobody can use it any more. Raises `FetchFailure`."""
    url = f"{_base(publish_url)}/_/oidc/burn-token"
    reply = _post(sender, url, token)
    if not 200 <= reply.status < 300:
        raise StatusFailure(url, reply.status)


def _base(publish_url: str) -> str:
    """The server's root; always https, but for tests and proxies on this machine."""
    parts = Url.parse(publish_url)
    if parts.scheme == "http" and parts.host in _LOCAL:
        return parts.origin
    return f"https://{parts.place}"


def _get(sender: Sender, url: str) -> Reply:
    reply = sender.send("GET", url, headers={"Accept": "application/json"})
    if not 200 <= reply.status < 300:
        raise StatusFailure(url, reply.status)
    return reply


def _post(sender: Sender, url: str, token: str) -> Reply:
    import json

    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    body = json.dumps({"token": token}, separators=(",", ":")).encode()
    return sender.send("POST", url, headers=headers, body=body)


def _text(reply: Reply, key: str, url: str) -> str:
    """One text of a JSON object."""
    import json

    try:
        record = json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        broken = FetchFailure(url, f"error decoding response body for url ({url})", str(error))
        raise broken from broken.__cause__
    found = record.get(key) if isinstance(record, dict) else None
    if not isinstance(found, str) or not found:
        raise FetchFailure(url, f"missing field `{key}`")
    return found


def _identity(audience: str) -> str:
    from id import (
        AmbientCredentialError,
        GitHubOidcPermissionCredentialError,
        IdentityError,
        detect_credential,
    )

    try:
        found = detect_credential(audience)
    except GitHubOidcPermissionCredentialError as error:
        reason = "Failed to obtain OIDC token: is the `id-token: write` permission missing?"
        raise Untrusted(reason) from WeftError(str(error))
    except (AmbientCredentialError, IdentityError) as error:
        raise Untrusted("Failed to discover OIDC token") from WeftError(str(error))
    if not found:
        raise Untrusted(
            "No OIDC token discovered: are you in a supported trusted publishing environment?"
        )
    return found


def _rejection(reply: Reply, identity: str) -> str:
    """What the index said, and which claims it has compared with its publishers."""
    status = f"Server returned error code {describe_status(reply.status)}"
    said = "".join(char if char.isprintable() or char == "\n" else " " for char in reply.text)
    claims = _claims(identity)
    if not claims:
        return f"{status}, and the OIDC has an unexpected format.\nResponse: {said}"
    listed = "\n".join(f"  {name}: {text}" for name, text in claims)
    return (
        f"{status}, is trusted publishing correctly configured?\nResponse: {said}\n"
        f"Token claims, which must match the publisher configuration:\n{listed}"
    )


def _claims(identity: str) -> list[tuple[str, str]]:
    """Those claims that publishers are configured by; none of them is a secret."""
    import json

    from id import decode_oidc_token

    try:
        record = json.loads(decode_oidc_token(identity)[1])
    except (ValueError, RecursionError):
        return []
    if not isinstance(record, dict):
        return []
    return [(name, record[name]) for name in _CLAIMS if isinstance(record.get(name), str)]
