"""`weft pip list`: the distributions of an environment as columns, pins or JSON.

Owns the three formats and what is left out of them.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.core.distribution import InstalledDist
    from weft.ops.context import Context
    from weft.ops.site import Site


@value
class Row:
    """One listed distribution; `latest` and `filetype` only for `--outdated`."""

    dist: InstalledDist
    editable: str | None
    latest: str = ""
    filetype: str = ""


def run(context: Context) -> int:
    """Exit code 0 whatever is found."""
    from weft.core.errors import WeftError
    from weft.ops.site import read_site
    from weft.ops.strict import warn_problems

    settings = context.settings
    if settings.outdated and settings.format == "freeze":
        raise WeftError("`--outdated` cannot be used with `--format freeze`")
    site = read_site(context)
    installed = site.installed_set()
    rows = wanted_rows(context, list(installed))
    if settings.outdated:
        rows = outdated_rows(context, site, rows)
    print_rows(context, rows)
    if settings.strict:
        warn_problems(context, site, installed)
    return 0


def wanted_rows(context: Context, dists: list[InstalledDist]) -> list[Row]:
    """Rows after `--exclude`, `--editable` and `--exclude-editable`."""
    from weft.core.names import normalize_name
    from weft.python.installed import editable_location

    settings = context.settings
    excluded = {normalize_name(name) for name in settings.exclude}
    rows = [Row(dist, editable_location(dist)) for dist in dists if dist.name not in excluded]
    if settings.only_editable:
        return [row for row in rows if row.editable]
    if settings.exclude_editable:
        return [row for row in rows if not row.editable]
    return rows


def outdated_rows(context: Context, site: Site, rows: list[Row]) -> list[Row]:
    """Only those of which the index has a newer version that would install here."""
    from weft.core.version import Version
    from weft.ops.latest import latest_versions

    latest = latest_versions(context, site, [row.dist.name for row in rows])
    newer = []
    for row in rows:
        found = latest.get(row.dist.name)
        if found and Version.parse(found.version).key > Version.parse(row.dist.version).key:
            newer.append(Row(row.dist, row.editable, found.version, found.filetype))
    return newer


def print_rows(context: Context, rows: list[Row]) -> None:
    """In the format that was asked for; nothing at all for no rows in columns."""
    settings = context.settings
    form = "json" if settings.output_format == "json" else settings.format
    if form == "json":
        import json

        text = json.dumps([facts(row) for row in rows], separators=(",", ":"))
        context.out(text)
    elif form == "freeze":
        if rows:
            context.out("\n".join(f"{row.dist.name}=={row.dist.version}" for row in rows))
    elif rows:
        context.out("\n".join(column_lines(rows, outdated=settings.outdated)))


def column_lines(rows: list[Row], *, outdated: bool) -> list[str]:
    """Package, Version, [Latest, Type], [Editable project location]."""
    from weft.ops.table import columns

    header = ["Package", "Version"]
    cells = [[row.dist.name, row.dist.version] for row in rows]
    if outdated:
        header += ["Latest", "Type"]
        cells = [[*cell, row.latest, row.filetype] for cell, row in zip(cells, rows, strict=True)]
    if any(row.editable for row in rows):
        header.append("Editable project location")
        cells = [[*cell, row.editable or ""] for cell, row in zip(cells, rows, strict=True)]
    return columns(header, cells)


def facts(row: Row) -> dict[str, str]:
    """One element of the JSON array."""
    made = {"name": str(row.dist.name), "version": row.dist.version}
    if row.latest:
        made |= {"latest_version": row.latest, "latest_filetype": row.filetype}
    if row.editable:
        made["editable_project_location"] = row.editable
    return made
