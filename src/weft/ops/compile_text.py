"""The output of `weft pip compile` in the requirements file format.

Owns the layout: lines, hashes, `# via` and `# from`. Refuses to decide what is in it.
Follows pip's requirements file format and uv to the byte.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weft.ops.compile_pins import Pin
    from weft.ops.settings import Settings

_WIDTH = 24


def requirements_text(
    pins: Iterable[Pin],
    settings: Settings,
    *,
    sources: Mapping[str, Sequence[str]],
    hashes: Mapping[Pin, Sequence[str]],
) -> str:
    """One requirement after the other; `sources` are who asked for it besides other packages.

    `hashes` are `algorithm:hex` in their order. The packages of `--no-emit-package` are left out
    and named at the end.
    """
    markers = settings.universal or settings.no_strip_markers
    lines: list[str] = []
    pins = list(pins)
    for pin in pins:
        if pin.name in settings.no_emit_package:
            continue
        listed = hashes.get(pin, ())
        rows = [pin.line(extras=settings.no_strip_extras, markers=markers)]
        rows += [f"    --hash={text}" for text in listed]
        text = " \\\n".join(rows)
        lines += _annotated(text, pin, settings, sources.get(pin.name, ()), hashed=bool(listed))
        if settings.emit_index_annotation and pin.index:
            lines.append(f"    # from {pin.index}")
    return "".join([f"{line}\n" for line in lines]) + left_out_text(pins, settings)


def left_out_text(pins: Iterable[Pin], settings: Settings) -> str:
    """The comment at the end that names what is not in the file; empty where that is nothing."""
    names = {pin.name for pin in pins}.intersection(settings.no_emit_package)
    if not names or settings.no_annotate:
        return ""
    lines = ["", "# The following packages were excluded from the output:"]
    lines += [f"# {name}" for name in dict.fromkeys(settings.no_emit_package) if name in names]
    return "".join([f"{line}\n" for line in lines])


def _annotated(
    text: str, pin: Pin, settings: Settings, sources: Sequence[str], *, hashed: bool
) -> Iterator[str]:
    """The line, or lines, with the comment that says who needs the package."""
    if settings.no_annotate or not (sources or pin.dependents):
        yield text
        return
    if settings.annotation_style == "line":
        comment = "# via " + ", ".join([*pin.dependents, *sources])
        separator = "\n    " if hashed else "  "
    else:
        names = [*sources, *pin.dependents]
        comment = f"    # via {names[0]}"
        if len(names) > 1:
            comment = "\n".join(["    # via", *[f"    #   {name}" for name in names]])
        separator = "\n"
    for line in f"{text:{_WIDTH}}{separator}{comment}".splitlines():
        yield line.rstrip()
