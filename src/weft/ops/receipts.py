"""What is told about how files got into an environment.

Owns the receipt: as lines for `-v`, as the JSON file of `--receipt`, as the warning about copies.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from weft.link.receipt import Fallback, Receipt
    from weft.ops.context import Context

_MEMBERS = (
    "Run `export WEFT_CACHE_MEMBERS=1`, or take `cache-members = false` out of the settings, to "
    "keep a part of the cache on the file system of the environment, or pass `--link-mode copy` if "
    "that is intended"
)


def tell_receipt(context: Context, receipt: Receipt) -> None:
    """Write it where it is wanted, and warn of copies that cost something."""
    from weft.core.events import Debug, Warned

    settings = context.settings
    if settings.receipt is not None:
        import json

        from weft.system.files import write_output
        from weft.system.lean import os

        path = os.path.join(context.cwd, settings.receipt)
        write_output(path, json.dumps(receipt.to_json(), indent=2).encode() + b"\n")
    if settings.verbose:
        for line in receipt_lines(receipt):
            context.sink(Debug(line))
    warning = receipt.copy_warning(settings.link_mode)  # type: ignore[arg-type]
    if warning is not None:
        sentence, hint = warning
        if not settings.cache_members and receipt.store != receipt.target:
            hint = _MEMBERS  # what the person has turned off is what would help
        context.sink(Warned(sentence, (hint,)))


def receipt_lines(receipt: Receipt) -> list[str]:
    """The receipt for `-v`: one line per mode, one per fall-back."""
    from weft.core.quantities import format_size, plural

    lines = [
        f"Linked by {mode}: {plural(count, 'file')}, {format_size(receipt.bytes[mode])}"
        for mode, count in receipt.files.items()
    ]
    for step in receipt.fallbacks:
        lines.append(
            f"{_step(step)} for {plural(step.files, 'file')}, {format_size(step.bytes)}, because "
            f"{step.explanation}: {step.example_path}"
        )
    return lines


def _step(step: Fallback) -> str:
    """What was done about a refusal: another mode, or the same one on another way."""
    if step.from_mode == step.to_mode:
        return f"Made {step.to_mode}s on another way"
    return f"Fell back from {step.from_mode} to {step.to_mode}"
