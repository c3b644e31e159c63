"""`weft pip show`: what is installed under some names.

Owns the order and the words of the fields. Refuses to look anywhere but in the environment.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.distribution import InstalledDist
    from weft.ops.context import Context
    from weft.ops.installed_set import InstalledSet


def run(context: Context) -> int:
    """Exit code 1 only if nothing was found."""
    from weft.core.events import Warned
    from weft.core.names import normalize_name
    from weft.ops.site import read_site
    from weft.ops.strict import warn_problems

    settings = context.settings
    names = sorted({normalize_name(name) for name in settings.packages})
    if not names:
        context.sink(Warned("Please provide a package name or names."))
        return 1
    site = read_site(context)
    installed = site.installed_set()
    missing = [name for name in names if name not in installed.by_name]
    if missing:
        from weft.ops.known_names import did_you_mean

        hints = [hint for name in missing for hint in did_you_mean(name, installed.by_name)]
        context.sink(Warned(f"Package(s) not found for: {', '.join(missing)}", tuple(hints)))
    found = [dist for dist in installed if dist.name in names]
    if settings.output_format == "json":
        import json

        context.out(json.dumps([facts(dist, installed, files=True) for dist in found]))
    else:
        blocks = ["\n".join(lines(dist, installed, files=settings.files)) for dist in found]
        if blocks:
            context.out("\n---\n".join(blocks))
    if settings.strict:
        warn_problems(context, site, installed)
    return 0 if found else 1


def lines(dist: InstalledDist, installed: InstalledSet, *, files: bool) -> list[str]:
    """The fields of one distribution, `Files:` last."""
    from weft.python.installed import editable_location, record_paths

    made = [f"Name: {dist.name}", f"Version: {dist.version}", f"Location: {dist.location}"]
    editable = editable_location(dist)
    if editable:
        made.append(f"Editable project location: {editable}")
    requires = ", ".join(installed.required_names(dist))
    required_by = ", ".join(installed.required_by(dist.name))
    made += [f"Requires: {requires}".rstrip(), f"Required-by: {required_by}".rstrip()]
    if files:
        made += ["Files:", *(f"  {path}" for path in sorted(record_paths(dist) or ()))]
    return made


def facts(dist: InstalledDist, installed: InstalledSet, *, files: bool) -> dict[str, object]:
    """The same for machines."""
    from weft.python.installed import editable_location, record_paths

    made: dict[str, object] = {
        "name": dist.name,
        "version": dist.version,
        "location": dist.location,
        "requires": installed.required_names(dist),
        "required_by": installed.required_by(dist.name),
    }
    editable = editable_location(dist)
    if editable:
        made["editable_project_location"] = editable
    if files:
        made["files"] = sorted(record_paths(dist) or ())
    return made
