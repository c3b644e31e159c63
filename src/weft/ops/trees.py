"""A request completed: what projects require whose metadata had to be asked for.

Owns the way from `Wants.trees` to requirements. Refuses to get metadata: the caller has a builder.
"""

from __future__ import annotations

from weft.core.errors import WeftError
from weft.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.core.metadata import Metadata
    from weft.ops.context import Context
    from weft.ops.wants import Wants
    from weft.project.sources import Choice
    from weft.project.trees import SourceTree


def with_trees(context: Context, wants: Wants, metadata: Callable[[SourceTree], Metadata]) -> Wants:
    """`wants` without trees, with all that they require.

    Raises ExtrasMissing for an extra that no project has, and WeftError where hashes are demanded:
    a directory has none.
    """
    if not wants.trees:
        return wants
    from weft.core.names import normalize_name
    from weft.ops.wants import divided
    from weft.project.input_errors import ExtrasMissing
    from weft.project.trees import tree_extras, tree_lines

    if wants.require_hashes:
        directory = wants.trees[0].file.replace("\\", "/").rpartition("/")[0] or "."
        raise WeftError(f"Hash-checking is not supported for local directories: {directory}")
    choice = source_choice(context)
    lines = []
    known: set[str] = set()
    for tree in wants.trees:
        try:
            told = metadata(tree)
        except WeftError as error:
            error.exit_code = 2  # what was wrong is the input, as it is with other files
            raise
        known |= tree_extras(tree, told)
        lines += tree_lines(tree, told, choice)
    missing = [name for name in wants.extras_left if normalize_name(name) not in known]
    if missing:
        raise ExtrasMissing(missing)
    named, direct = divided(lines)
    return replace(
        wants,
        requirements=(*wants.requirements, *named),
        direct=(*wants.direct, *direct),
        lines=(*wants.lines, *lines),
        count=wants.count + len(lines),
        trees=(),
        extras_left=(),
    )


def source_choice(context: Context) -> Choice:
    """Which `[tool.uv.sources]` count in this command, for `weft.project.sources`."""
    from weft.project.sources import Choice

    settings = context.settings
    indexes = [each for each in settings.index if each.name]
    return Choice(
        settings.no_sources,
        frozenset(settings.no_sources_package),
        {each.name: each.url for each in indexes if each.is_given},
        {each.name: each.url for each in indexes if not each.is_given},
    )
