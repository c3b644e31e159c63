"""Projects and workspaces that nothing satisfies, for what is told of them."""

from __future__ import annotations

from pathlib import Path

from tests.support.wheels import make_wheel


def fill(wheels: Path) -> None:
    """Packages that do not go together in every way."""
    for version in ("1.0", "1.1", "2.0", "3.0"):
        make_wheel(wheels, "oil", version)
    make_wheel(wheels, "lamp", "1.0", requires=["oil<2"], extras={"old": ["wick<2"]})
    make_wheel(wheels, "stove", "1.0", requires=["oil>=3"])
    make_wheel(wheels, "boiler", "1.0", requires=["stove"])
    for version in ("1.0", "2.0"):
        make_wheel(wheels, "heater", version, requires=["oil>=3"])
        make_wheel(wheels, "wick", version)
    make_wheel(wheels, "tester", "1.0")
    make_wheel(wheels, "tester", "2.0a1")
    make_wheel(wheels, "early", "1.0b1")
    make_wheel(wheels, "modern", "1.0", requires_python=">=3.12")
    make_wheel(wheels, "recent", "1.0", requires_python=">=3.10")
    make_wheel(wheels, "native", "1.0", tag="cp312-cp312-win_amd64")
    make_wheel(wheels, "broken", "1.0", requires=["nowhere"])


def project(*dependencies: str, name: str = "demo", more: str = "", python: str = ">=3.11") -> str:
    """A `pyproject.toml`; `more` are further tables."""
    lines = "".join([f'  "{line}",\n' for line in dependencies])
    needs = f'requires-python = "{python}"\n' if python else ""
    return (
        f'[project]\nname = "{name}"\nversion = "0.1.0"\n{needs}dependencies = [\n{lines}]\n{more}'
    )


def alone(*dependencies: str, more: str = "", python: str = ">=3.11") -> dict[str, str]:
    """The files of a project without others."""
    return {"pyproject.toml": project(*dependencies, more=more, python=python)}


def workspace(root: str, **members: str) -> dict[str, str]:
    """The files of a workspace; members by the names of their directories."""
    return {
        "pyproject.toml": root,
        **{f"{name}/pyproject.toml": text for name, text in members.items()},
    }


_EXTRAS = '[project.optional-dependencies]\na = ["oil<2"]\nb = ["oil>=3"]\n'
_GROUPS = '[dependency-groups]\ndev = ["heater"]\nold = ["oil<2"]\n'
_MEMBERS = '[tool.uv.workspace]\nmembers = ["bee", "cee"]\n'
_OF_WORKSPACE = "[tool.uv.sources]\nbee = { workspace = true }\n"
_LOCK = ("lock",)

CASES: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "no such version": (alone("oil>90"), _LOCK),
    "no such package": (alone("nowhere"), _LOCK),
    "two dependencies": (alone("oil<2", "stove"), _LOCK),
    "two dependencies of all versions": (alone("oil<2", "heater"), _LOCK),
    "at depth": (alone("oil<2", "boiler"), _LOCK),
    "two packages": (alone("lamp", "stove"), _LOCK),
    "two packages at depth": (alone("lamp", "boiler"), _LOCK),
    "itself twice": (alone("oil<2", "oil>2"), _LOCK),
    "one for linux alone": (alone("oil<2", "heater", "oil<3 ; sys_platform == 'linux'"), _LOCK),
    "the same twice": (
        alone("oil < 2", "heater", more='[project.optional-dependencies]\nx = ["oil < 2"]\n'),
        _LOCK,
    ),
    "something is missing below": (alone("broken"), _LOCK),
    "two extras": (alone(more=_EXTRAS), _LOCK),
    "an extra": (alone("oil<2", more='[project.optional-dependencies]\nx = ["stove"]\n'), _LOCK),
    "an extra lacks": (
        alone("oil", more='[project.optional-dependencies]\nx = ["oil>9"]\n'),
        _LOCK,
    ),
    "two groups": (alone(more=_GROUPS), _LOCK),
    "a group": (alone("oil<2", more='[dependency-groups]\ndev = ["heater"]\n'), _LOCK),
    "a group lacks": (alone("oil", more='[dependency-groups]\ndev = ["oil>9"]\n'), _LOCK),
    "a group and an extra": (
        alone(
            more='[project.optional-dependencies]\nx = ["stove"]\n'
            '[dependency-groups]\ny = ["oil<2"]\n'
        ),
        _LOCK,
    ),
    "an extra of a package": (alone("lamp[old]", "wick>=2"), _LOCK),
    "another python": (alone("modern"), _LOCK),
    "a python that is old": (alone("recent", python=">=3.9"), _LOCK),
    "a later python is active": (alone("oil", "modern", python=">=3.9"), _LOCK),
    "another python fails": (
        alone("oil ; python_version >= '3.12'", "oil>9 ; python_version >= '3.12'"),
        _LOCK,
    ),
    "markers": (
        alone("heater ; python_version >= '3.12'", "oil<2 ; python_version >= '3.12'"),
        _LOCK,
    ),
    "markers of two kinds": (
        alone("heater ; python_version >= '3.12'", "heater<2 ; python_version < '3.12'", "oil<2"),
        _LOCK,
    ),
    "another platform": (
        alone("heater ; sys_platform == 'win32'", "oil<2 ; sys_platform == 'win32'"),
        _LOCK,
    ),
    "forked by platform": (
        alone(
            "heater==1.0 ; sys_platform == 'win32'",
            "heater==2.0 ; sys_platform != 'win32'",
            "oil<2",
        ),
        _LOCK,
    ),
    "pre-release named": (alone("tester>=2.0a1,<2.0a1"), _LOCK),
    "pre-releases below": (alone("early<1"), _LOCK),
    "pre-releases off": (alone("early", more='[tool.uv]\nprerelease = "disallow"\n'), _LOCK),
    "required environment": (
        alone("native", more="[tool.uv]\nrequired-environments = [\"sys_platform == 'darwin'\"]\n"),
        _LOCK,
    ),
    "environments": (
        alone("native", more="[tool.uv]\nenvironments = [\"sys_platform == 'linux'\"]\n"),
        _LOCK,
    ),
    "a constraint": (
        alone("stove", more='[tool.uv]\nconstraint-dependencies = ["oil<2"]\n'),
        _LOCK,
    ),
    "an override": (alone("stove", more='[tool.uv]\noverride-dependencies = ["oil>9"]\n'), _LOCK),
    "conflicts": (
        alone(
            more="[project.optional-dependencies]\n"
            'cpu = ["oil<2", "stove"]\ngpu = ["oil>2"]\n[tool.uv]\n'
            'conflicts = [[{extra="cpu"},{extra="gpu"}]]\n'
        ),
        _LOCK,
    ),
    "conflicting groups": (
        alone(
            more='[dependency-groups]\nx = ["oil<2", "stove"]\ny = ["oil>2"]\n[tool.uv]\n'
            'conflicts = [[{group="x"},{group="y"}]]\n'
        ),
        _LOCK,
    ),
    "a member lacks": (
        workspace(
            project(more=_MEMBERS), bee=project("oil>9", name="bee"), cee=project(name="cee")
        ),
        _LOCK,
    ),
    "two members": (
        workspace(
            project(more=_MEMBERS),
            bee=project("oil<2", name="bee"),
            cee=project("stove", name="cee"),
        ),
        _LOCK,
    ),
    "a member and the root": (
        workspace(
            project("bee", "oil<2", more=_MEMBERS + _OF_WORKSPACE),
            bee=project("stove", name="bee"),
            cee=project(name="cee"),
        ),
        _LOCK,
    ),
    "groups of members": (
        workspace(
            project(more=_MEMBERS),
            bee=project(name="bee", more='[dependency-groups]\ndev = ["oil<2"]\n'),
            cee=project("oil>2", name="cee"),
        ),
        _LOCK,
    ),
    "extras of members": (
        workspace(
            project(more=_MEMBERS),
            bee=project(name="bee", more='[project.optional-dependencies]\nx = ["oil<2"]\n'),
            cee=project("oil>2", name="cee"),
        ),
        _LOCK,
    ),
    "members of a virtual root": (
        workspace(_MEMBERS, bee=project("oil<2", name="bee"), cee=project("stove", name="cee")),
        _LOCK,
    ),
    "groups of a virtual root": (
        workspace(
            _MEMBERS + '[dependency-groups]\ndev = ["oil<2"]\n',
            bee=project("stove", name="bee"),
            cee=project(name="cee"),
        ),
        _LOCK,
    ),
    "one member of a virtual root": (
        workspace('[tool.uv.workspace]\nmembers = ["bee"]\n', bee=project("oil>9", name="bee")),
        _LOCK,
    ),
    "add a missing version": (alone("oil<2"), ("add", "oil>9")),
    "add what conflicts": (alone("oil<2"), ("add", "stove")),
    "add what conflicts in all versions": (alone("oil<2"), ("add", "heater")),
    "add to a group": (alone("oil"), ("add", "--dev", "broken")),
    "add to an extra": (alone("oil<2"), ("add", "--optional", "x", "stove")),
    "add for another python": (alone("oil<2"), ("add", "modern")),
    "add a missing package": (alone("oil<2"), ("add", "nowhere")),
    "sync": (alone("oil<2", "heater"), ("sync",)),
    "run": (alone("oil<2", "heater"), ("run", "python", "-V")),
    "remove": (alone("oil<2", "heater", "wick"), ("remove", "wick")),
    "tree": (alone("oil<2", "heater"), ("tree",)),
}
