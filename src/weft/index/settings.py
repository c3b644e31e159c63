"""How to reach the network: the settings of the transport.

Owns what environment variables and options say about proxies, certificates, timeouts. Refuses to
read the environment itself: it is given as a mapping.
"""

from __future__ import annotations

from weft.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


@value
class TransportSettings:
    """Times are seconds. `backoff` is the first pause between two tries; each is twice the last.

    `insecure_hosts` are `host`, `host:port` or `scheme://host[:port]`, or `*`. Proxies are URLs, ""
    for none. `no_proxy` are hosts as in `NO_PROXY`. `certificate_file` and `certificate_directory`
    replace the system's roots, and where they are unusable nothing is trusted.
    """

    offline: bool = False
    connections: int = 50
    timeout: float = 30.0
    connect_timeout: float = 10.0
    retries: int = 3
    backoff: float = 0.5
    longest_pause: float = 60.0
    insecure_hosts: tuple[str, ...] = ()
    http_proxy: str = ""
    https_proxy: str = ""
    no_proxy: tuple[str, ...] = ()
    certificate_file: str = ""
    certificate_directory: str = ""
    client_certificate: str = ""
    user_agent: str = "weft"

    def proxy_for(self, scheme: str, place: str) -> str:
        """The proxy for a server (`host` or `host:port`), "" for a direct connection."""
        proxy = self.https_proxy if scheme == "https" else self.http_proxy
        return "" if not proxy or bypasses(self.no_proxy, place) else proxy

    def trusts_blindly(self, scheme: str, place: str) -> bool:
        """Whether the user allowed this server an invalid certificate."""
        host = place.rpartition(":")[0] if place.rpartition(":")[2].isdecimal() else place
        forms = {"*", place, host, f"{scheme}://{place}", f"{scheme}://{host}"}
        return any(each.rstrip("/").lower() in forms for each in self.insecure_hosts)


def proxies_of(environ: Mapping[str, str]) -> tuple[str, str, tuple[str, ...]]:
    """Proxies for http and https, and the hosts without: lower-case variables go first.

    `HTTP_PROXY` is not believed in a CGI program, where a client's header sets it.
    """

    def read(name: str) -> str:
        return environ.get(name) or environ.get(name.upper()) or ""

    everything = read("all_proxy")
    http = environ.get("http_proxy") or ("" if "REQUEST_METHOD" in environ else read("http_proxy"))
    hosts = tuple(part.strip() for part in read("no_proxy").split(",") if part.strip())
    return http or everything, read("https_proxy") or everything, hosts


def bypasses(no_proxy: tuple[str, ...], place: str) -> bool:
    """Whether `NO_PROXY` names a server: `*`, a host, a domain, an address or a network."""
    host, _, port = place.rpartition(":")
    if not host or not port.isdecimal():
        host = place
    host = host.strip("[]").lower()
    for pattern in no_proxy:
        pattern = pattern.lower()
        if pattern in ("*", place.lower()):
            return True
        bare = pattern.lstrip("*").lstrip(".").strip("[]")
        if host == bare or host.endswith("." + bare):
            return True
        if "/" in bare and _in_network(host, bare):
            return True
    return False


def _in_network(host: str, network: str) -> bool:
    if not host.replace(".", "").isdecimal() and ":" not in host:
        return False
    from ipaddress import ip_address, ip_network

    try:
        return ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False
