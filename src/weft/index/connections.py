"""Connections through proxies, and for uploads: the one file that knows urllib3.

Owns pools, proxies, TLS roots, and the mapping of urllib3's exceptions to weft's. Refuses to
retry, to follow redirects and to know what a request is for. urllib3 is imported at the first
request, not before: it costs as much as a whole warm installation.
"""

from __future__ import annotations

from weft.index.failures import BrokenTransfer, FetchFailure

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator, Mapping
    from types import ModuleType
    from typing import Any

    from urllib3 import BaseHTTPResponse, PoolManager

    from weft.core.events import Sink
    from weft.index.settings import TransportSettings
    from weft.index.urls import Url

CHUNK = 1 << 17


class Connections:
    """Pools by proxy and trust, made when first needed. Thread-safe."""

    def __init__(self, settings: TransportSettings, sink: Sink) -> None:
        from _thread import allocate_lock

        self._settings = settings
        self._sink = sink
        self._trusted: ssl.SSLContext | None = None
        self._lock = allocate_lock()
        self._pools: dict[tuple[str, str, bool], PoolManager] = {}

    def open(
        self,
        method: str,
        url: Url,
        *,
        headers: Mapping[str, str],
        body: bytes | Iterable[bytes] | None = None,
    ) -> Answer:
        """Send one request; `FetchFailure` if no answer begins. Its body is not read yet.

        A `body` in pieces needs a `Content-Length` among the headers; what iterating it raises
        comes out as it is, unless it is an `OSError`.
        """
        import urllib3

        from weft.index.urls import Url as Parts

        settings = self._settings
        proxy = settings.proxy_for(url.scheme, url.place)
        trust = "none"
        if url.scheme == "https":
            trust = "blind" if settings.trusts_blindly(url.scheme, url.place) else "roots"
        try:
            with self._lock:
                key = (proxy, trust, body is not None)
                pool = self._pools.get(key)
                if pool is None:
                    pool = self._pools[key] = self._make(Parts.parse(proxy), trust=trust)
                    if body is not None:
                        _give_time(pool, settings.timeout)
            response = pool.request(
                method,
                url.public,
                body=body,
                headers=headers,
                preload_content=False,
                decode_content=False,
                retries=False,
                redirect=False,
                timeout=urllib3.Timeout(connect=settings.connect_timeout, read=settings.timeout),
            )
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            failure = describe(url.public, error)
            raise failure from failure.__cause__
        return Answer(url.public, response)

    def context(self, trust: str) -> ssl.SSLContext:
        """The TLS context for servers whose `trust` is `roots` or `blind`."""
        with self._lock:
            if trust == "roots":
                return self._trust()
            context = _blind_context()
            context.set_alpn_protocols(["http/1.1"])
            return context

    def close(self) -> None:
        """Close what is idle; to be called when no request is under way."""
        with self._lock:
            for pool in self._pools.values():
                for key in list(pool.pools.keys()):
                    pool.pools[key].close()  # `clear` alone leaves that to the garbage collector
                pool.clear()
            self._pools.clear()

    def _make(self, proxy: Url, *, trust: str) -> PoolManager:
        """A pool for servers with TLS whose `trust` is `roots` or `blind`, or without: `none`."""
        import urllib3

        options: dict[str, Any] = {"num_pools": 32, "maxsize": self._settings.connections}
        if trust == "roots" or (trust == "none" and proxy.scheme == "https"):
            options["ssl_context"] = self._trust()
        if trust == "blind":
            options["ssl_context"] = _blind_context()
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)  # was asked for
            options["cert_reqs"] = "CERT_NONE"
            options["assert_hostname"] = False
        if not proxy.scheme and not proxy.rest:
            return urllib3.PoolManager(block=True, **options)
        if proxy.scheme not in ("http", "https"):
            proxy_url = proxy.public
            raise FetchFailure(proxy_url, f"Proxies of this kind are not supported: `{proxy_url}`")
        login = None
        if proxy.user is not None:
            login = urllib3.make_headers(proxy_basic_auth=f"{proxy.user}:{proxy.password or ''}")
        return urllib3.ProxyManager(proxy.public, proxy_headers=login, block=True, **options)

    def _trust(self) -> ssl.SSLContext:
        """The roots, loaded once, with a warning for places that do not exist."""
        if self._trusted is None:
            from weft.core.events import Warned

            for text in missing_roots(self._settings):
                self._sink(Warned(text))
            self._trusted = trusted_context(self._settings)
        return self._trusted


class Answer:
    """An answer whose body is still on the wire. Read it to its end, or `close` it."""

    __slots__ = ("_response", "headers", "status", "url")

    def __init__(self, url: str, response: BaseHTTPResponse) -> None:
        self.url = url
        self.status = response.status
        self.headers = {name.lower(): text for name, text in response.headers.items()}
        self._response = response

    def chunks(self, size: int = CHUNK) -> Iterator[bytes]:
        """The body as it was sent, not decoded; `BrokenTransfer` where it ends too early."""
        from urllib3.exceptions import HTTPError

        complete = False
        try:
            while data := self._response.read(size, decode_content=False):
                yield data
            complete = True
        except (HTTPError, OSError) as error:
            failure = _broken(self.url, error)
            raise failure from failure.__cause__
        finally:
            if not complete:
                self._response.close()  # what is left on the wire would answer the next request
            self._response.release_conn()

    def read(self, limit: int) -> bytes:
        """The whole body, decompressed; `FetchFailure` if it is longer than `limit` bytes."""
        from urllib3.exceptions import DecodeError, HTTPError

        try:
            data = self._response.read(limit + 1, decode_content=True)
            while len(data) <= limit and (more := self._response.read(CHUNK, decode_content=True)):
                data += more
        except DecodeError as error:
            failure = BrokenTransfer(self.url, f"the body does not decompress: {error}")
            raise failure from failure.__cause__
        except (HTTPError, OSError) as error:
            failure = _broken(self.url, error)
            raise failure from failure.__cause__
        if len(data) > limit:
            self.close()
            raise FetchFailure(self.url, f"The answer is longer than {limit} bytes")
        self._response.release_conn()
        return data

    def close(self) -> None:
        """Give the connection up; cheap answers are read to their end, so that it is kept."""
        length = self.headers.get("content-length", "")
        try:
            if length.isdecimal() and int(length) <= CHUNK:
                self._response.drain_conn()
            else:
                self._response.close()
        finally:
            self._response.release_conn()  # closed or not, the pool counts on having it back


def _give_time(pool: PoolManager, seconds: float) -> None:
    """Let each piece of a body take `seconds` to send: urllib3 allows it the time of a connect."""
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.connection import HTTPConnection, HTTPSConnection

    class Plain(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            self.sock.settimeout(seconds)

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            self.sock.settimeout(seconds)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    pool.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}


def missing_roots(settings: TransportSettings) -> list[str]:
    """A warning for each place of certificates that is not there."""
    from weft.system.lean import os

    return [
        f"Invalid `{variable}`. Path does not exist: {path}. "
        "No default certificates will be trusted."
        for variable, places in (
            ("SSL_CERT_FILE", [settings.certificate_file]),
            ("SSL_CERT_DIR", settings.certificate_directory.split(os.pathsep)),
        )
        for path in places
        if path and not os.path.exists(path)
    ]


def trusted_context(settings: TransportSettings) -> ssl.SSLContext:
    """A TLS context with the system's roots, or with those that `SSL_CERT_*` name."""
    import ssl

    context: ssl.SSLContext
    if settings.certificate_file or settings.certificate_directory:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for file, directory in (
            (settings.certificate_file, None),
            (None, settings.certificate_directory),
        ):
            try:
                if file or directory:
                    context.load_verify_locations(cafile=file, capath=directory)
            except OSError:
                pass  # unusable means that nothing is trusted; the failure names the certificate
    else:
        import truststore

        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if settings.client_certificate:
        try:
            context.load_cert_chain(settings.client_certificate)
        except OSError as error:
            failure = FetchFailure(
                settings.client_certificate, f"The client certificate is unusable: {error}"
            )
            raise failure from failure.__cause__
    return context


def _blind_context() -> ssl.SSLContext:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def describe(url: str, error: BaseException) -> FetchFailure:
    """The failure of a request that got no answer, with causes in uv's words."""
    from urllib3 import exceptions

    reasons, transient = _reasons(error, exceptions)
    if isinstance(error, exceptions.LocationParseError | exceptions.LocationValueError):
        return FetchFailure(url, "builder error", "invalid URL")
    sending = f"error sending request for url ({url})"
    return FetchFailure(url, sending, *reasons, transient=transient)


def _reasons(error: BaseException, exceptions: ModuleType) -> tuple[tuple[str, ...], bool]:
    """The causes below "error sending request", and whether trying again makes sense."""
    if isinstance(error, exceptions.ProxyError):
        inner = error.original_error
        below, transient = _reasons(inner, exceptions)
        return ("client error (ProxyConnect)", *below), transient
    if isinstance(error, exceptions.NameResolutionError):
        return ("client error (Connect)", "dns error", _resolver_text(error)), True
    if isinstance(error, exceptions.NewConnectionError):
        cause = error.__cause__ or error.__context__ or error
        return ("client error (Connect)", "tcp connect error", os_text(cause)), True
    if isinstance(error, exceptions.TimeoutError | TimeoutError):
        return ("operation timed out",), True
    if isinstance(error, exceptions.SSLError):
        text = certificate_text(str(error.args[0] if error.args else error))
        return ("client error (Connect)", text), "certificate" not in text
    if isinstance(error, exceptions.ProtocolError):
        return ("client error (SendRequest)", _protocol_text(error)), True
    return (os_text(error),), isinstance(error, OSError)


def _broken(url: str, error: BaseException) -> BrokenTransfer:
    from urllib3 import exceptions

    if isinstance(error, exceptions.TimeoutError | TimeoutError):
        return BrokenTransfer(url, "operation timed out")
    return BrokenTransfer(url)


def _resolver_text(error: BaseException) -> str:
    inner = error.__cause__ or error.__context__
    reason = getattr(inner, "strerror", None) or "Name or service not known"
    return f"failed to lookup address information: {reason}"


def _protocol_text(error: BaseException) -> str:
    from http.client import RemoteDisconnected

    inner = error.args[1] if len(error.args) > 1 else error.__cause__
    if isinstance(inner, RemoteDisconnected):
        return "connection closed before message completed"
    if isinstance(inner, OSError):
        return os_text(inner)
    return str(inner or error)


def certificate_text(text: str) -> str:
    """What is wrong with a certificate, in uv's words, out of what OpenSSL says."""
    if "CERTIFICATE_VERIFY_FAILED" in text:
        reason = text.partition("certificate verify failed: ")[2].rpartition(" (_ssl")[0]
        return f"invalid peer certificate: {reason or 'not trusted'}"
    return text


def os_text(error: BaseException) -> str:
    """`Connection refused (os error 111)`."""
    if isinstance(error, OSError) and error.errno is not None and error.strerror:
        return f"{error.strerror} (os error {error.errno})"
    return str(error) or type(error).__name__
