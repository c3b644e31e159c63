"""Options of `weft publish`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

PUBLISH = (
    (
        "publish_index", "--index||", "text", "", "PUBLISH_INDEX", "",
        "The name of a configured index to upload to",
        "Its `publish-url` takes the files, and its `url` is asked which of them are there "
        "already.", ("empty", "conflicts=publish_url,check_url"),
    ),
    (
        "publish_username", "-u --username||", "text", "", "PUBLISH_USERNAME", "",
        "The name to upload as", "", ("empty",),
    ),
    (
        "publish_password", "-p --password||", "text", "", "PUBLISH_PASSWORD", "",
        "The password that goes with the name",
        "Others can read the command line of a process: a variable, netrc or `keyring` is the "
        "better place.", ("empty",),
    ),
    (
        "publish_token", "-t --token||", "text", "", "PUBLISH_TOKEN", "",
        "The token to upload with",
        "The same as the name `__token__` with the token as the password.",
        ("empty", "conflicts=publish_username,publish_password"),
    ),
    (
        "trusted_publishing", "--trusted-publishing||", "choice", "trusted_publishing", "",
        "trusted-publishing", "Whether to get a token from the index by the identity of the CI job",
        "", ("default=automatic",),
    ),
    (
        "publish_url", "--publish-url||", "text", "", "PUBLISH_URL", "publish-url",
        "The URL that takes uploads",
        "It is not the URL that packages are installed from. By default that of the Python "
        "Package Index.", ("empty", "check=url"),
    ),
    (
        "check_url", "--check-url||", "text", "", "PUBLISH_CHECK_URL", "check-url",
        "The URL of the index to ask which files are there already",
        "A file that is there with the same hash is skipped; with another hash, it is an error. "
        "After an upload that failed the index is asked again, for files that were uploaded "
        "twice at the same time.", ("empty", "check=index_url"),
    ),
    (
        "dry_run", "--dry-run||", "flag", "", "", "", "Check everything; upload nothing",
        "Reads the metadata of every file, and asks the index of `--check-url` or `--index`. "
        "The exit code is 1 if a file could not be uploaded.", (),
    ),
    (
        "no_attestations", "--no-attestations||", "flag", "", "PUBLISH_NO_ATTESTATIONS", "",
        "Upload no attestations",
        "Without this option, files `<FILE>.<NAME>.attestation` that the paths match are uploaded "
        "with their file.", (),
    ),
    (
        "upload_http_timeout", "||", "number", "", "UPLOAD_HTTP_TIMEOUT", "",
        "Seconds to wait for an index while uploading", "", ("default=900", "seconds"),
    ),
    (
        "skip_existing", "--skip-existing||", "flag", "", "", "", "", "",
        (
            "hidden",
            "refuse=`weft publish` does not support `--skip-existing` because there is not a "
            "reliable way to identify when an upload fails due to an existing distribution. "
            "Instead, use `--check-url` to provide the URL to the simple API for your index. weft "
            "will check the index for existing distributions before attempting uploads.",
        ),
    ),
)  # fmt: skip
