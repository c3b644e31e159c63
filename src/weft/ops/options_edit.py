"""Options of `weft add` and `weft remove`.

Owns rows only; `ops.options` says what the columns are.
"""

from __future__ import annotations

EDIT = (
    (
        "dev", "--dev||", "flag", "", "DEV", "", "Change the dependency group `dev`", "",
        ("conflicts=optional,to_group,script",),
    ),
    (
        "optional", "--optional||", "text", "", "", "",
        "Change an optional dependency set of the project",
        "It is one of `project.optional-dependencies`.",
        ("check=extra", "conflicts=dev,to_group,script"),
    ),
    (
        "to_group", "--group||", "text", "", "", "", "Change a dependency group", "",
        ("check=extra", "conflicts=dev,optional,script"),
    ),
    (
        "no_sync", "--no-sync||", "flag", "", "NO_SYNC", "", "Leave the environment as it is",
        "", (),
    ),
    (
        "locked", "--locked||--no-locked", "flag", "", "LOCKED", "",
        "Fail if the lock file would change", "", ("conflicts=frozen,upgrade",),
    ),
    (
        "frozen", "--frozen||--no-frozen", "flag", "", "FROZEN", "",
        "Change `pyproject.toml` alone",
        "Nothing is resolved, locked or installed, and no lower bound is put in.",
        ("conflicts=locked,upgrade",),
    ),
    (
        "active", "--active||--no-active", "flag", "", "", "",
        "Work on the active environment in place of the project's",
        "It is the one that `VIRTUAL_ENV` names.", (),
    ),
    (
        "member", "--package||", "text", "", "", "",
        "Change this member of the workspace", "",
        ("check=name", "metavar=PACKAGE", "conflicts=script"),
    ),
    (
        "script", "--script||", "path", "", "", "",
        "Change the PEP 723 header of a script in place of a project", "",
        ("conflicts=dev,optional,to_group,member,workspace",),
    ),
)  # fmt: skip

ADD = (
    (
        "requirements", "-r --requirements|--requirement|", "paths", "", "", "",
        "Add what a file lists", "", (),
    ),
    (
        "constraints", "-c --constraints|--constraint|", "paths", "", "CONSTRAINT", "",
        "Keep to the versions that a file allows, without adding what it lists", "",
        ("space",),
    ),
    (
        "marker", "-m --marker||", "text", "", "", "",
        "Let everything that is added count only where this marker holds", "",
        ("check=marker",),
    ),
    (
        "as_editable", "--editable||--no-editable", "flag", "", "", "",
        "Add directories as editable", "", ("conflicts=raw",),
    ),
    (
        "raw", "--raw|--raw-sources|", "flag", "", "", "",
        "Write requirements as they were given",
        "No lower bound is put in, and paths and URLs stay in the requirement instead of moving "
        "to `tool.uv.sources`.", ("conflicts=as_editable,rev,tag,branch,lfs",),
    ),
    (
        "bounds", "--bounds||", "choice", "bounds", "", "add-bounds",
        "Which versions to allow of what is added without any",
        "Preview: may change.", (),
    ),
    (
        "rev", "--rev||", "text", "", "", "", "The commit of a Git repository", "",
        ("conflicts=tag,branch,raw",),
    ),
    (
        "tag", "--tag||", "text", "", "", "", "The tag of a Git repository", "",
        ("conflicts=rev,branch,raw",),
    ),
    (
        "branch", "--branch||", "text", "", "", "", "The branch of a Git repository", "",
        ("conflicts=rev,tag,raw",),
    ),
    (
        "lfs", "--lfs||--no-lfs", "flag", "", "", "", "Fetch large files of Git repositories",
        "", ("conflicts=raw",),
    ),
    (
        "extra", "--extra||", "list", "", "", "", "Ask for this extra of what is added", "",
        ("check=extra",),
    ),
    (
        "workspace", "--workspace||", "flag", "", "", "",
        "Make directories that are added members of the workspace",
        "Those inside of the workspace are without it.",
        ("overrides=no_workspace", "conflicts=script"),
    ),
    (
        "no_workspace", "--no-workspace||", "flag", "", "", "",
        "Make no directory a member of the workspace", "", ("overrides=workspace",),
    ),
)  # fmt: skip
