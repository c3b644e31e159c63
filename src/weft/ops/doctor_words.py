"""What `weft cache doctor` found, in lines for people and as JSON.

Owns the wording and the one piece of advice. Refuses to look at anything itself.
"""

from __future__ import annotations

from weft.core.quantities import format_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.link.preflight import Abilities
    from weft.link.route import RealMode
    from weft.ops.outlook import Outlook, Part, Place
    from weft.system.mounts import Mount

_VERBS = {
    "clone": "clone files",
    "hardlink": "hard-link files",
    "symlink": "link files symbolically",
    "copy": "copy files",
}
_STATES = {"home": "home", "mounted": "member", "absent": "member", "new": "new member"}
_NAMES = {"clone": "clones", "hardlink": "hard links", "symlink": "symbolic links"}


def text(outlook: Outlook) -> str:
    """The report; the advice comes apart from it."""
    lines = ["Cache:"]
    for part in outlook.parts:
        lines += _part(part)
    lines += ["", "Target:", *_place(outlook.target), "", "Install:", *_route(outlook)]
    if outlook.others:
        lines += ["", "Caches of other installers:"]
        lines += [f"  {name}: {path} ({format_size(size)})" for name, path, size in outlook.others]
    return "\n".join(lines)


def _part(part: Part) -> list[str]:
    member = part.member
    if part.place is None:
        return [
            f"  {member.root} (member)",
            f"    absent: its file system ({member.fstype}) is not mounted at `{member.point}`",
        ]
    head, *rest = _place(part.place)
    return [f"{head} ({_STATES[member.state]}, {format_size(part.size)})", *rest]


def _place(place: Place) -> list[str]:
    lines = [f"  {place.path}"]
    if place.mount is not None:
        lines.append(f"    on {_mount(place.mount)}")
    if place.abilities is None:
        return [*lines, "    nothing can be written there"]
    lines[-1] += f", {format_size(place.abilities.free_bytes)} free"
    return [*lines, f"    {_abilities(place.abilities)}"]


def _mount(mount: Mount) -> str:
    return f"`{mount.point}` ({mount.fstype})"


def _abilities(found: Abilities) -> str:
    limit = f" (at most {found.link_limit} to a file)" if found.link_limit else ""
    rows = (
        (found.clone, "clones"),
        (found.hardlink, f"hard links{limit}" if found.hardlink else "hard links"),
        (found.symlink, "symbolic links"),
        (found.lock, "locks"),
        (found.case_sensitive, "names that differ in case"),
    )
    works = ", ".join(name for works, name in rows if works)
    fails = ", ".join(name for works, name in rows if not works)
    return "; ".join(
        part for part in (works and f"has {works}", fails and f"has no {fails}") if part
    )


def _route(outlook: Outlook) -> list[str]:
    from weft.link.reasons import explain

    serving, prediction = outlook.serving, outlook.prediction
    lines = [
        f"  would use {serving.root} ({_STATES[serving.state]}), because {serving.reason}",
    ]
    if prediction is None:
        return [*lines, f"  would fail: {outlook.failure}"]
    via = f" through {_mount(prediction.via)}" if prediction.via is not None else ""
    lines.append(f"  would {_VERBS[prediction.mode]}{via}")
    lines += [
        f"  no {_NAMES[mode]}: {explain(mode, number)}" for mode, number in prediction.refusals
    ]
    return lines


def advice(outlook: Outlook) -> tuple[str, str] | None:
    """(what to run, what for): the one thing that would make most of a difference, if any."""
    from weft.ops.pip_cache import is_cache

    directory = _free(outlook.own) if outlook.own else "<DIRECTORY>"
    home = outlook.parts[0].place
    if home is not None and home.abilities is None:
        return f"export WEFT_CACHE_DIR={directory}", "keep the cache where you may write"
    if outlook.prediction is not None and not outlook.prediction.shares:
        found = _sharing(outlook)
        if found is not None:
            return found
    if home is not None and home.abilities is not None and not home.abilities.lock:
        return (
            f"export WEFT_CACHE_DIR={directory}",
            "keep the cache on a file system with locks, so that several weft can run at once",
        )
    pip = next((path for name, path, _ in outlook.others if name == "pip" and is_cache(path)), "")
    if pip and not outlook.wheels:
        return "weft cache import pip", "take over the wheels that pip has downloaded"
    return None


def _free(directory: str) -> str:
    """A place for a cache in `directory` that is not a part of another cache."""
    from weft.system.lean import os

    taken = os.path.exists(f"{directory}/.weft-cache/member")
    return f"{directory}/{'weft-cache' if taken else '.weft-cache'}"


def _sharing(outlook: Outlook) -> tuple[str, str] | None:
    """What would keep files from being copied."""
    from weft.system.lean import os

    if outlook.requested == "copy":
        return "weft pip install --link-mode auto", "share files with the cache instead of copying"
    if not outlook.own or not outlook.writable:
        return None
    if not outlook.members:
        return "export WEFT_CACHE_MEMBERS=true", "keep a part of the cache on that file system"
    return (
        f"export WEFT_CACHE_VOLUMES={os.pathsep.join((*outlook.volumes, outlook.own))}",
        "keep a part of the cache on the file system of the target",
    )


def to_json(outlook: Outlook) -> dict[str, object]:
    """Everything as plain values.

    `version`; `members`: rows of `path`, `state` (home, mounted, absent), `bytes` and the fields of
    a place; `target`: a place, which is `path`, `mount` (or null) and `abilities` (null where
    nothing can be written); `route`: `store`, `state` (also "new"), `reason`, `mode` (null where it
    would fail), `shares`, `via`, `refusals` (rows of `mode`, `errno`, `reason`), `failure`;
    `caches`: rows of `name`, `path`, `bytes`; `advice`: `command` and `purpose`, or null.
    """
    found = advice(outlook)
    return {
        "version": 1,
        "members": [_part_to_json(part) for part in outlook.parts],
        "target": _place_to_json(outlook.target),
        "route": _route_to_json(outlook),
        "caches": [
            {"name": name, "path": path, "bytes": size} for name, path, size in outlook.others
        ],
        "advice": None if found is None else {"command": found[0], "purpose": found[1]},
    }


def _part_to_json(part: Part) -> dict[str, object]:
    member = part.member
    facts = {"path": member.root, "state": member.state, "bytes": part.size}
    if part.place is not None:
        return {**_place_to_json(part.place), **facts}
    mount = {"point": member.point, "fstype": member.fstype, "device": None, "source": None}
    return {**facts, "bytes": None, "mount": mount, "abilities": None}  # nobody can look there


def _place_to_json(place: Place) -> dict[str, object]:
    return {
        "path": place.path,
        "mount": _mount_to_json(place.mount),
        "abilities": None if place.abilities is None else _abilities_to_json(place.abilities),
    }


def _mount_to_json(mount: Mount | None) -> dict[str, str] | None:
    if mount is None:
        return None
    return {
        "point": mount.point,
        "fstype": mount.fstype,
        "device": mount.device,
        "source": mount.source,
    }


def _abilities_to_json(found: Abilities) -> dict[str, object]:
    return {
        "clone": found.clone,
        "hardlink": found.hardlink,
        "symlink": found.symlink,
        "lock": found.lock,
        "case_sensitive": found.case_sensitive,
        "link_limit": found.link_limit,
        "free_bytes": found.free_bytes,
    }


def _route_to_json(outlook: Outlook) -> dict[str, object]:
    prediction = outlook.prediction
    refusals = () if prediction is None else prediction.refusals
    return {
        "store": outlook.serving.root,
        "state": outlook.serving.state,
        "reason": outlook.serving.reason,
        "mode": None if prediction is None else prediction.mode,
        "shares": prediction is not None and prediction.shares,
        "via": None if prediction is None else _mount_to_json(prediction.via),
        "refusals": [_refusal_to_json(mode, number) for mode, number in refusals],
        "failure": outlook.failure,
    }


def _refusal_to_json(mode: RealMode, number: int) -> dict[str, object]:
    from weft.link.reasons import explain

    return {"mode": mode, "errno": number, "reason": explain(mode, number)}
