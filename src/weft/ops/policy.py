"""`--link-strict` and `--max-copied`: refuse copies before a file is written.

Owns the decision and its words. Whether files would be shared is found out by trying one of them.
"""

from __future__ import annotations

from weft.core.errors import WeftError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from weft.core.distribution import CachedWheel
    from weft.install.target import Target
    from weft.link.preflight import Prediction
    from weft.ops.settings import Settings
    from weft.store.filling import Filled
    from weft.store.manifest import Manifest


class CopyRefused(WeftError):
    """Files would be copied, more of them than the settings allow; exit code 1."""

    exit_code = 1

    def __init__(
        self, prediction: Prediction, size: int, limit: int | None, *, by_policy: bool = False
    ) -> None:
        advice = (
            "Run `weft cache doctor` with the environment's path to see what would let it share "
            "files with the cache"
        )
        if not prediction.refusals:  # nothing failed: copies are what was asked for
            advice = "The link mode is `copy`; use `--link-mode auto` to share files with the cache"
        super().__init__(hints=(advice,))
        self.prediction = prediction
        self.size = size
        self.limit = limit
        self.by_policy = by_policy

    @property
    def message(self) -> str:
        from weft.core.quantities import format_size
        from weft.link.reasons import explain

        rule = "`--link-strict` was given"
        if self.by_policy:
            rule = '`link-policy = "require-shared"` is set'
        if self.limit is not None:
            rule = f"`--max-copied` allows {format_size(self.limit)}"
        why = ""
        if self.prediction.refusals:
            mode, number = self.prediction.refusals[-1]
            where = self._where()
            code = f" (os error {number})" if number else ""
            why = f": `{mode}`{where} failed, because {explain(mode, number)}{code}"
        return f"{format_size(self.size)} would be copied into the environment, but {rule}{why}"

    def _where(self) -> str:
        store, target = self.prediction.store, self.prediction.target
        if store is None or target is None:
            return ""
        return f" from `{store.point}` ({store.fstype}) to `{target.point}` ({target.fstype})"


def check_policy(
    settings: Settings, target: Target, filled: Filled, *, wheels: Mapping[str, CachedWheel]
) -> None:
    """Raises CopyRefused where the settings forbid what linking would do."""
    if not wheels or not (settings.link_strict or settings.max_copied is not None):
        return
    from weft.link.preflight import predict

    manifests = {wheel.entry: filled.manifest(wheel.entry) for wheel in wheels.values()}
    size = sum(manifest.bytes for manifest in manifests.values())
    sample = _sample(filled, manifests)
    within = settings.max_copied is not None and size <= settings.max_copied
    if sample is None or (within and not settings.link_strict):
        return
    prediction = predict(
        filled.into.root,
        target.purelib,
        mode=settings.link_mode,  # type: ignore[arg-type]
        sample=sample,
    )
    if not prediction.shares:
        limit = None if settings.link_strict else settings.max_copied
        by_policy = settings.link_policy == "require-shared"
        raise CopyRefused(prediction, size, limit, by_policy=by_policy)


def _sample(filled: Filled, manifests: Mapping[str, Manifest]) -> str | None:
    """One file with content out of what is about to be linked."""
    from weft.system.lean import os

    for entry, manifest in manifests.items():
        for _, source, _, names, _ in manifest.groups:
            for name in names:
                return os.path.join(filled.tree_path(entry), os.fsdecode(source), os.fsdecode(name))
    return None
