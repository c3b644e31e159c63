"""`weft pip freeze`: the distributions of an environment as requirements.

Owns the form of a line: a pin, an editable, or the address it was installed from.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.distribution import InstalledDist
    from weft.ops.context import Context


def run(context: Context) -> int:
    """Exit code 0 whatever is found."""
    from weft.core.names import normalize_name
    from weft.ops.site import read_site
    from weft.ops.strict import warn_problems

    settings = context.settings
    site = read_site(context, paths=settings.paths)
    installed = site.installed_set()
    excluded = {normalize_name(name) for name in settings.exclude}
    lines = []
    for dist in installed:
        line = requirement_line(dist)
        if dist.name in excluded or (settings.exclude_editable and line.startswith("-e ")):
            continue
        lines.append((dist, line))
    if settings.output_format == "json":
        import json

        rows = [
            {"name": dist.name, "version": dist.version, "requirement": line}
            for dist, line in lines
        ]
        context.out(json.dumps(rows))
    elif lines:
        context.out("\n".join(line for _, line in lines))
    if settings.strict:
        warn_problems(context, site, installed)
    return 0


def requirement_line(dist: InstalledDist) -> str:
    """`name==version`, `-e file:///…` or `name @ url`."""
    from weft.python.installed import direct_url, editable_location

    editable = editable_location(dist)
    direct = direct_url(dist)
    if editable:
        return f"-e {direct.url if direct else editable}"
    if direct:
        return f"{dist.name} @ {direct.shown}"
    return f"{dist.name}=={dist.version}"
