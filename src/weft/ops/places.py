"""Where to look for distributions, and how to reach it: settings turned into the index room's.

Owns that translation. Refuses the network.
"""

from __future__ import annotations

from weft.index.locations import IndexLocation, Locations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from weft.core.distribution import File
    from weft.core.metadata import PackedMetadata
    from weft.index.client import IndexClient
    from weft.index.settings import TransportSettings
    from weft.ops.context import Context
    from weft.ops.settings import Settings
    from weft.project.options import FileOptions
    from weft.store.store import Store


def locations(context: Context, options: FileOptions | None) -> Locations:
    """Indexes of settings before those of requirements files; find-links of both.

    A directory that is listed as an index has its turn like one, as with uv; find-links have not.
    """
    settings = context.settings
    indexes = [
        IndexLocation.parse(
            each.url,
            cwd=context.cwd,
            environ=context.environ,
            name=each.name,
            default=each.default,
            explicit=each.explicit,
            format=each.format,
            authenticate=each.authenticate,
            ignore_error_codes=each.ignore_error_codes,
            cache_control_api=each.cache_control_api,
            cache_control_files=each.cache_control_files,
        )
        for each in settings.index
    ]
    links = list(settings.find_links)
    no_index = settings.no_index
    if options is not None:
        for url in options.extra_index_urls:
            indexes.append(IndexLocation.parse(url, cwd=context.cwd))
        if options.index_url is not None and not any(each.default for each in indexes):
            indexes.append(IndexLocation.parse(options.index_url, cwd=context.cwd, default=True))
        links += options.find_links
        no_index = no_index or options.no_index
    flat = [IndexLocation.parse(text, cwd=context.cwd, format="flat") for text in links]
    return Locations.of(indexes, flat, no_index=no_index, strategy=settings.index_strategy)


def client(
    context: Context,
    store: Store,
    places: Locations,
    *,
    worker: Callable[[bytes], bytes] | None = None,
) -> IndexClient:
    """The client over these places, with the credentials that the environment has for them."""
    from weft.index.auth import Keychain
    from weft.index.client import IndexClient
    from weft.index.transport import Transport

    def held(file: File) -> PackedMetadata | None:
        from weft.fetch.held import held_metadata

        return held_metadata(store, file)

    settings = context.settings
    keychain = Keychain(
        places.all,
        context.environ,
        keyring=settings.keyring_provider == "subprocess",
        sink=context.sink,
    )
    return IndexClient(
        store,
        Transport(transport_settings(context), authenticator=keychain, sink=context.sink),
        locations=places,
        offline=settings.offline,
        refresh=settings.refresh,
        refresh_packages=frozenset(settings.refresh_package),
        now=int(context.now),
        sink=context.sink,
        worker=worker,
        held=held,
        told=_teller(settings) if settings.dependency_metadata else None,
    )


def _teller(settings: Settings) -> Callable[[File], PackedMetadata | None]:
    """What `dependency-metadata` says of a wheel; of sources the builder knows it."""
    from weft.core.metadata import pack
    from weft.ops.build_settings import told_metadata

    def told(file: File) -> PackedMetadata | None:
        from weft.core.filename import WheelName

        wheel = WheelName.parse(file.filename)
        found = told_metadata(settings, wheel.name, wheel.version)
        return None if found is None else pack(found)

    return told


def transport_settings(context: Context) -> TransportSettings:
    """Timeouts, retries, proxies and certificates."""
    from weft import __version__
    from weft.index.settings import TransportSettings, proxies_of

    settings, environ = context.settings, context.environ
    http, https, without = proxies_of(environ)
    return TransportSettings(
        offline=settings.offline,
        connections=settings.concurrent_downloads,
        timeout=float(settings.http_timeout),
        connect_timeout=float(settings.http_connect_timeout),
        retries=settings.http_retries,
        insecure_hosts=settings.allow_insecure_host,
        http_proxy=settings.http_proxy or http,
        https_proxy=settings.https_proxy or settings.http_proxy or https,
        no_proxy=settings.no_proxy or without,
        certificate_file=settings.cert or environ.get("SSL_CERT_FILE", ""),
        certificate_directory="" if settings.cert else environ.get("SSL_CERT_DIR", ""),
        client_certificate=environ.get("SSL_CLIENT_CERT", ""),
        user_agent=f"weft/{__version__}",
    )
