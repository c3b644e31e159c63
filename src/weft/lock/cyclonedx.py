"""A lock as a software bill of materials.

Owns the components, their package URLs and references, and who depends on whom. Refuses to lay out
JSON, and the clock: moment and serial number are arguments.
Follows CycloneDX 1.5 (https://cyclonedx.org/docs/1.5/json/), package URLs
(https://github.com/package-url/purl-spec), and uv in what it tells.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from weft.lock.export import Exported, Key
    from weft.lock.uvmodel import UvFile, UvLock, UvPackage

# Names of hashes there, by ours.
_ALGORITHMS = {
    "md5": "MD5",
    "sha256": "SHA-256",
    "sha384": "SHA-384",
    "sha512": "SHA-512",
    "blake2b": "BLAKE2b-512",
}


def bill_of_materials(
    lock: UvLock,
    packages: Iterable[Exported],
    *,
    root: str,
    every_member: bool,
    serial: str,
    moment: str,
    version: str,
    default_index: str,
) -> dict[str, Any]:
    """The document as plain dicts and lists, in the order in which keys are written.

    `root` is the name of what is described: the project, or with `every_member` the workspace.
    `serial` is a UUID, `moment` RFC 3339, `version` that of weft.
    """
    from weft.lock.export_requirements import package_order

    ordered = sorted(packages, key=lambda each: package_order(each.package))
    bill = _Bill(lock, ordered, root, default_index)
    bill.make(every_member=every_member)
    metadata: dict[str, Any] = {
        "timestamp": moment,
        "tools": [{"vendor": "weft", "name": "weft", "version": version}],
    }
    if bill.subject is not None:
        metadata["component"] = bill.subject
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "serialNumber": f"urn:uuid:{serial}",
        "metadata": metadata,
        "components": bill.components,
        "dependencies": bill.dependencies,
    }


class _Bill:
    def __init__(
        self, lock: UvLock, ordered: list[Exported], root: str, default_index: str
    ) -> None:
        from weft.lock.export import Packages

        self.lock = lock
        self.packages = Packages(lock)
        self.ordered = ordered
        self.root = root
        self.default_index = default_index
        self.references: dict[Key, str] = {}
        self.components: list[dict[str, Any]] = []
        self.dependencies: list[dict[str, Any]] = []
        self.subject: dict[str, Any] | None = None

    def make(self, *, every_member: bool) -> None:
        """Number everything, the root first, and connect it."""
        from weft.lock.export import key_of, root_package

        found = next(
            (
                each.package
                for each in self.ordered
                if each.package.name == self.root and _is_tree(each.package)
            ),
            root_package(self.lock),
        )
        top = None
        if found is not None:
            top = self._component(found, [("uv:package:is_project_root", "true")])
            self.subject = None if every_member else top
        for each in self.ordered:
            package = each.package
            if top is not None and found is not None and key_of(package) == key_of(found):
                continue
            self.components.append(self._component(package, self._properties(each)))
        if every_member and top is not None:
            self.components.append(top)
        for each in self.ordered:
            self.dependencies.append(self._dependency(each.package))
        if every_member:
            self._workspace()

    def _workspace(self) -> None:
        """Something that stands for the workspace and depends on all members."""
        name = self.root
        reference = f"{name}-{len(self.references) + 1}"
        self.subject = {
            "type": "library",
            "bom-ref": reference,
            "name": name,
            "properties": _properties([("uv:package:is_synthetic_root", "true")]),
        }
        members = [
            self.references[key] for key in self.references if key[0] in self.lock.manifest.members
        ]
        self.dependencies.append(_depends(reference, members))

    def _component(self, package: UvPackage, properties: list[tuple[str, str]]) -> dict[str, Any]:
        from weft.lock.export import key_of

        version = package.version
        number = len(self.references) + 1
        reference = f"{package.name}-{number}{f'@{version}' if version else ''}"
        self.references[key_of(package)] = reference
        component: dict[str, Any] = {
            "type": "library",
            "bom-ref": reference,
            "name": package.name,
        }
        if version:
            component["version"] = version
        url = self._url(package)
        if url:
            component["purl"] = url
        files = [*([package.sdist] if package.sdist is not None else []), *package.wheels]
        listed = [_reference(package, file) for file in files]
        listed = [each for each in listed if each]
        if listed:
            component["externalReferences"] = listed
        if properties:
            component["properties"] = _properties(properties)
        return component

    def _url(self, package: UvPackage) -> str:
        """The package URL; empty for what lies on this machine."""
        from urllib.parse import quote

        kind, location = package.source.kind, package.source.location
        key = {"git": "vcs_url", "url": "download_url", "registry": "repository_url"}.get(kind, "")
        if not key:
            return ""
        text = f"pkg:pypi/{package.name}"
        if package.version:
            text += f"@{quote(package.version, safe='')}"
        if kind == "registry" and (location == self.default_index or "://" not in location):
            return text
        return f"{text}?{key}={quote(location, safe='/:@,')}"

    def _properties(self, each: Exported) -> list[tuple[str, str]]:
        found = []
        package = each.package
        if package.name in self.lock.manifest.members and _is_tree(package):
            found.append(("uv:workspace:path", package.source.location))
        if not each.marker.is_true:
            found.append(("uv:package:marker", each.marker.text))
        return found

    def _dependency(self, package: UvPackage) -> dict[str, Any]:
        from weft.lock.export import key_of

        listed = [
            *package.dependencies,
            *[each for _, listed in package.optional_dependencies for each in listed],
            *[each for _, listed in package.dev_dependencies for each in listed],
        ]
        found = [self.references.get(key_of(self.packages.target(each))) for each in listed]
        return _depends(
            self.references[key_of(package)], [text for text in found if text is not None]
        )


def _is_tree(package: UvPackage) -> bool:
    return package.source.kind in ("editable", "virtual", "directory")


def _depends(reference: str, others: Iterable[str]) -> dict[str, Any]:
    listed = sorted(set(others))
    return {"ref": reference, "dependsOn": listed} if listed else {"ref": reference}


def _properties(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": text} for name, text in pairs]


def _reference(package: UvPackage, file: UvFile) -> dict[str, Any]:
    """Where a file of the package is; empty for one without a URL."""
    url = file.url or (package.source.location if package.source.kind == "url" else "")
    if not url:
        return {}
    found: dict[str, Any] = {"type": "distribution", "url": url}
    algorithm, _, digest = file.hash.partition(":")
    if algorithm in _ALGORITHMS:
        found["hashes"] = [{"alg": _ALGORITHMS[algorithm], "content": digest}]
    return found
