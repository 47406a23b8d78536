"""Faults of a Hub, of the network and of the machine, each with the sentence that is true."""

import gzip
import json
import re
import resource
import socket
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from hub_client import DEADLINE, MODEL, closed_port, whole
from hubserver import Files, Handler, HubServer, git_oid, is_large, sha256

from textvae.saving import manifest

LARGE = "GET .*safetensors"
NEWER = {**MODEL, "model.safetensors": b"newer" * 30_000}
SLOW = f"has sent less than 1,000 bytes a second for {DEADLINE:g} seconds.*try again later"
MUTE = f"has not answered for {DEADLINE:g} seconds.*try again later"
Act = Callable[[Handler], Any]
Arrange = Callable[[HubServer], Any]


class Fault(NamedTuple):
    """What goes wrong, and what is said of it.

    Attributes:
        arrange: makes the server faulty; gives options for the client's process, if any.
        kind: the class of the error; empty where the model is loaded in spite of the fault.
        sentence: a pattern of the error.
        source: what is loaded.
        has_copy: whether a copy in the cache serves in place of a model that is there.
    """

    arrange: Arrange
    kind: str
    sentence: str
    source: str = "hf://me/model"
    has_copy: bool = True


def when(pattern: str, act: Act) -> Arrange:
    """Has `act` answer requests that match `pattern`, or the Hub if it returns False."""

    def arrange(server: HubServer) -> None:
        def interfere(handler: Handler) -> bool:
            if not re.search(pattern, f"{handler.command} {handler.path}"):
                return False
            try:
                return act(handler) is not False
            except OSError:  # the client has left
                handler.close_connection = True
                return True

        server.interfere = interfere

    return arrange


def reply(
    status: int,
    body: bytes = b"",
    times: int = 1_000,
    length: int | None = None,
    **headers: str,
) -> Act:
    """Answers with these, up to `times` times; `length` may be a false `Content-Length`."""
    left = iter(range(times))

    def act(handler: Handler) -> bool:
        if next(left, None) is None:
            return False
        lines = {name.replace("_", "-"): value for name, value in headers.items()}
        send(handler, status, {**lines, "Content-Length": str(length or len(body))}, body)
        handler.close_connection = length is not None
        return True

    return act


def send(handler: Handler, status: int, headers: dict[str, str], body: bytes = b"") -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    if handler.command != "HEAD":
        handler.wfile.write(body)


def file_of(handler: Handler) -> tuple[bytes, dict[str, str]]:
    """The file that is asked for, and what the Hub says of it."""
    found = re.match("/(.+/.+)/resolve/([^/]+)/(.+)", handler.path)
    assert found
    repo = handler.hub.repos["model", found[1]]
    commit = repo.find(found[2])
    assert commit
    data: bytes = repo.commits[commit][found[3]]
    etag = sha256(data) if is_large(found[3]) else git_oid(data)
    return data, {"X-Repo-Commit": commit, "ETag": f'"{etag}"'}


def altered(alter: Callable[[bytes], bytes], **more: str) -> Act:
    """Sends the file with its headers, but altered bytes."""

    def act(handler: Handler) -> None:
        data, headers = file_of(handler)
        body = alter(data)
        lines = {name.replace("_", "-"): value for name, value in more.items()}
        send(handler, 200, {**headers, **lines, "Content-Length": str(len(body))}, body)

    return act


def endless(status: int = 200, **more: str) -> Act:
    """Sends bytes forever, without a length."""

    def act(handler: Handler) -> None:
        headers = file_of(handler)[1] if status == 200 else {}
        send(handler, status, {**headers, **more, "Connection": "close"})
        handler.close_connection = True
        while True:
            handler.wfile.write(b"\0" * 2**16)

    return act


def bomb(handler: Handler) -> None:
    _, headers = file_of(handler)
    body = gzip.compress(bytes(2**22))
    length = {"Content-Encoding": "gzip", "Content-Length": str(len(body))}
    send(handler, 200, {**headers, **length}, body)


def dripping(handler: Handler) -> None:
    data, headers = file_of(handler)
    send(handler, 200, {**headers, "Content-Length": str(len(data))})
    for byte in data:
        handler.wfile.write(bytes([byte]))
        threading.Event().wait(0.25)


def dripping_headers(handler: Handler) -> None:
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        handler.wfile.write(b"a")
        threading.Event().wait(0.25)


def cut_once(server: HubServer, *, obeys_range: bool = True) -> None:
    """The first transfer of the large file breaks off; the next is the rest, or all again."""
    left = iter([True])

    def act(handler: Handler) -> bool:
        data, headers = file_of(handler)
        is_first = next(left, False)
        if not is_first and obeys_range:
            assert handler.headers["Range"] == f"bytes={len(data) // 2}-"
            return False
        send(handler, 200, {**headers, "Content-Length": str(len(data))})
        handler.wfile.write(data[: len(data) // 2] if is_first else data)
        handler.close_connection = True
        return True

    when(LARGE, act)(server)


def no_answer(handler: Handler) -> None:
    handler.close_connection = True


def no_http(server: HubServer) -> dict[str, str]:
    listener = socket.create_server(("127.0.0.1", 0))

    def greet() -> None:
        while True:
            peer, _ = listener.accept()
            peer.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")
            peer.close()

    threading.Thread(target=greet, daemon=True).start()
    return {"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}


def redirected(to: str) -> Act:
    return reply(302, Location=to)


def around(handler: Handler) -> None:
    send(handler, 307, {"Location": handler.path, "Content-Length": "0"})


def refusing(status: int, code: str = "", message: str = "") -> Act:
    def act(handler: Handler) -> None:
        handler.refuse(status, code, message)

    return act


def attribute(**values: Any) -> Arrange:
    def arrange(server: HubServer) -> None:
        for name, value in values.items():
            setattr(server, name, value)

    return arrange


def every_repository(change: Callable[[Any], Any]) -> Arrange:
    def arrange(server: HubServer) -> None:
        for repo in list(server.repos.values()):
            change(repo)

    return arrange


def holding(files: Files) -> Arrange:
    """The model is replaced by these files, and so is the one in the cache by newer ones."""

    def arrange(server: HubServer) -> None:
        for name in ("me/model", "me/warm"):
            server.repos.pop(("model", name))
            server.add(name, files)

    return arrange


def full_disk(server: HubServer) -> dict[str, Any]:
    def allow_small_files_only() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    return {"preexec_fn": allow_small_files_only}


def option(**options: Any) -> Arrange:
    return lambda server: options


def with_token(act: Act) -> Arrange:
    def arrange(server: HubServer) -> dict[str, Any]:
        when("", act)(server)
        return {"env": {"HF_TOKEN": "hf_right"}}

    return arrange


def poisoned(server: HubServer) -> dict[str, Any]:
    """The large file in the cache is damaged, and the same file is of a newer commit."""
    server.add("me/warm", whole())
    return {"poison": "model.safetensors"}


GATED = every_repository(lambda repo: setattr(repo, "is_gated", True))
PAGE = reply(200, b"<html>Welcome to our hotel</html>", Content_Type="text/html; charset=utf-8")
WORDS = "Your IP range is not allowed by the organization"
BUSY_BODY = json.dumps({"error": "We are working hard to fix this"}).encode()
LATER = "try again later"
FAULTS = {
    # The network
    "refused": Fault(
        lambda server: {"url": closed_port()},
        "Unavailable",
        f"cannot reach 127.0.0.1:.* refused.*{LATER}",
    ),
    "no such host": Fault(
        option(url="http://hub.invalid"), "Unavailable", f"cannot reach hub.invalid .*{LATER}"
    ),
    "no HTTP": Fault(no_http, "Unavailable", f"does not answer properly.*{LATER}"),
    "no answer": Fault(
        when("", no_answer), "Unavailable", f"does not answer properly.*{LATER}"
    ),
    "no TLS": Fault(
        lambda server: {"url": server.url.replace("http:", "https:")},
        "Unavailable",
        f"cannot connect securely to 127.0.0.1:.*{LATER}",
    ),
    "proxy": Fault(
        lambda server: {
            "url": "http://hub.invalid",
            "env": {"http_proxy": closed_port(), "no_proxy": "", "NO_PROXY": ""},
        },
        "Unavailable",
        f"cannot reach hub.invalid by the proxy 127.0.0.1:[0-9]+ of HTTP_PROXY .*{LATER}",
    ),
    "web page": Fault(
        when("", PAGE),
        "Unavailable",
        f"answers with a web page: a proxy or the login .*{LATER}",
    ),
    "web page for a file": Fault(
        when(LARGE, PAGE), "Unavailable", f"answers with a web page: a proxy or the.*{LATER}"
    ),
    # Time
    "silent": Fault(lambda server: server.is_silent.set(), "Unavailable", MUTE),
    "silent at a file": Fault(
        when(LARGE, lambda handler: threading.Event().wait(30)), "Unavailable", MUTE
    ),
    "dripping headers": Fault(when("", dripping_headers), "Unavailable", MUTE),
    "stalled": Fault(attribute(stall="safetensors"), "Unavailable", SLOW),
    "dripping": Fault(when(LARGE, dripping), "Unavailable", SLOW),
    # A busy Hub
    "503": Fault(attribute(fail={"": 503}), "Unavailable", f"answers 503.*{LATER}"),
    "429": Fault(attribute(fail={"": 429}), "Unavailable", f"answers 429.*{LATER}"),
    "503 at a file": Fault(
        attribute(fail={LARGE: 503}), "Unavailable", f"answers 503.*{LATER}"
    ),
    "429 at a file": Fault(
        attribute(fail={LARGE: 429}), "Unavailable", f"answers 429.*{LATER}"
    ),
    "503 for a second": Fault(when("", reply(503, times=1, Retry_After="1")), "", ""),
    "429 for a second": Fault(when(LARGE, reply(429, times=1, Retry_After="1")), "", ""),
    "500 once": Fault(when("manifest", reply(500, times=1)), "", ""),
    "429 for minutes": Fault(
        when("", reply(429, Retry_After="300")),
        "Unavailable",
        f"answers 429 and asks to wait 300 seconds; {LATER}",
    ),
    "rate limit": Fault(
        when("", reply(429, ratelimit='"api";r=0;t=55')),
        "Unavailable",
        f"answers 429 and asks to wait 55 seconds; {LATER}",
    ),
    "500 in words": Fault(
        when(LARGE, reply(500, BUSY_BODY, Content_Type="application/json")),
        "Unavailable",
        f"answers 500 .We are working hard to fix this.; {LATER}",
    ),
    "502 as a page": Fault(
        when("", reply(502, b"<html>Bad gateway</html>", Content_Type="text/html")),
        "Unavailable",
        f"answers 502; {LATER}",
    ),
    "504": Fault(attribute(fail={"": 504}), "Unavailable", f"answers 504.*{LATER}"),
    "endless 500": Fault(when(LARGE, endless(500)), "Unavailable", f"answers 500.*{LATER}"),
    "501 as a list": Fault(
        when("", reply(501, b'["no"]')), "Unavailable", f"answers 501.*{LATER}"
    ),
    # Redirects
    "around and around": Fault(
        when("", around), "Unavailable", f"redirects more than 10 times; {LATER}"
    ),
    "store that is down": Fault(
        lambda server: when(LARGE, redirected(f"{closed_port()}/store"))(server),
        "Unavailable",
        f"cannot reach 127.0.0.1:.* refused.*{LATER}",
    ),
    "no address": Fault(
        when(LARGE, redirected("ftp://127.0.0.1/file")),
        "Unavailable",
        f"redirects to 'ftp://127.0.0.1/file', which is not an address; {LATER}",
    ),
    # Bodies
    "cut": Fault(
        attribute(cut="safetensors"),
        "Unavailable",
        f"keeps breaking off, the last time after [0-9,]+ of [0-9,]+ bytes; {LATER}",
    ),
    "cut once": Fault(cut_once, "", ""),
    "cut once, without ranges": Fault(
        lambda server: cut_once(server, obeys_range=False), "", ""
    ),
    "short": Fault(
        when(LARGE, altered(lambda data: data[:999])),
        "Unavailable",
        f"model.safetensors is not what 127.0.0.1:.* announced.*{LATER}",
    ),
    "a bit": Fault(
        when(LARGE, altered(lambda data: b"\xff" + data[1:])),
        "Unavailable",
        f"model.safetensors is not what 127.0.0.1:.* announced.*{LATER}",
    ),
    "large": Fault(
        when(LARGE, altered(lambda data: data + b"x")),
        "BadInput",
        "model.safetensors has [0-9,]+ bytes, more than the [0-9,]+ .* so it is not downloaded",
    ),
    "endless": Fault(
        when(LARGE, endless()),
        "BadInput",
        "model.safetensors has more than the [0-9,]+ bytes .* the download is stopped",
    ),
    "gzip bomb": Fault(
        when(LARGE, bomb),
        "BadInput",
        "model.safetensors has more than the [0-9,]+ bytes .* the download is stopped",
    ),
    "gzip": Fault(when(LARGE, altered(gzip.compress, Content_Encoding="gzip")), "", ""),
    "damaged gzip": Fault(
        when(LARGE, altered(lambda data: b"\0" * 999, Content_Encoding="gzip")),
        "Unavailable",
        f"sends a file whose compression is damaged; {LATER}",
    ),
    "unknown compression": Fault(
        when(LARGE, altered(lambda data: data, Content_Encoding="br")),
        "Unavailable",
        f"sends model.safetensors compressed as 'br', unasked; {LATER}",
    ),
    # The Hub's own words
    "disabled": Fault(
        when("", refusing(403, message="Access to this resource is disabled.")),
        "BadInput",
        "has disabled me/[a-z]+: Access to this resource is disabled.$",
    ),
    "IP range": Fault(
        when("", refusing(403, message=WORDS)), "BadInput", f"denies access .*403.*: .{WORDS}.;"
    ),
    "expired token": Fault(
        with_token(refusing(401, message='User Access Token "ci" is expired')),
        "BadInput",
        r"401.*Token \"ci\" is expired.; check the token .HF_TOKEN.*settings/tokens",
    ),
    "gated": Fault(
        GATED, "BadInput", "gated: ask for access at https://huggingface.co/me/.*HF_TOKEN"
    ),
    "gated for this token": Fault(
        with_token(refusing(403, "GatedRepo", "Access is restricted")),
        "BadInput",
        "gated: ask for access at https://huggingface.co/me/[a-z]+$",
    ),
    # What is not there
    "no repository": Fault(
        lambda server: server.repos.clear(),
        "BadInput",
        "no me/[a-z]+ on the Hub, or it is private; check the name",
    ),
    "no revision": Fault(
        every_repository(lambda repo: repo.refs.clear()),
        "BadInput",
        "has no revision 'main'; see https://huggingface.co/me/",
    ),
    "no manifest": Fault(
        every_repository(lambda repo: repo.files.pop(manifest.NAME)),
        "BadInput",
        "has no manifest.json.*not a complete textvae model.*push",
    ),
    "no file": Fault(
        every_repository(lambda repo: repo.files.pop("vocabulary.txt")),
        "BadInput",
        "has no vocabulary.txt.*not a complete textvae model.*push",
    ),
    "no Hub": Fault(
        attribute(fail={"": 200}), "Unavailable", f"does not answer as the Hub does.*{LATER}"
    ),
    "commit that is a path": Fault(
        when("", reply(200, X_Repo_Commit="../../../x")),
        "Unavailable",
        f"does not answer as the Hub does.*{LATER}",
    ),
    "another commit": Fault(
        when("HEAD", reply(200, X_Repo_Commit="b" * 40)),
        "Unavailable",
        f"answers with another commit, {'b' * 40}; {LATER}",
        source=f"hf://me/model@{'a' * 40}",
        has_copy=False,
    ),
    # Models that are not what they say
    "no JSON": Fault(holding({**whole(), manifest.NAME: b"{"}), "BadInput", "it is not JSON"),
    "another format": Fault(
        holding({**whole(), manifest.NAME: b'{"format": 9, "files": {}}'}),
        "BadInput",
        "is of format 9, and this version of textvae reads 1; install a newer one",
    ),
    "pushed so": Fault(
        holding({**whole(), "vocabulary.txt": b"a\ncat\n"}),
        "BadInput",
        "vocabulary.txt of .* is not the file that its manifest lists: .* when it was pushed",
    ),
    # This machine
    "full disk": Fault(
        full_disk, "Unavailable", "the disk of the cache .* is full; make room, or set HF_HOME"
    ),
    "file in place of the cache": Fault(
        option(env={"HF_HUB_CACHE": __file__}),
        "Unavailable",
        "the cache .*hub_faults.py cannot be used .Not a directory.; set HF_HOME",
        has_copy=False,
    ),
    "offline": Fault(
        option(env={"HF_HUB_OFFLINE": "1"}),
        "Unavailable",
        "HF_HUB_OFFLINE is set; unset it to use the network",
        has_copy=False,
    ),
    "offline, with a copy": Fault(
        option(env={"HF_HUB_OFFLINE": "1"}), "", "", source="hf://me/warm"
    ),
    "damaged copy": Fault(poisoned, "", "", source="hf://me/warm"),
    "token of two lines": Fault(
        option(env={"HF_TOKEN": "hf_one\nhf_two"}),
        "BadInput",
        "HF_TOKEN is not a token: it has a line break.*settings/tokens",
    ),
    "no scheme": Fault(
        option(url="huggingface.co"), "Unavailable", "HF_ENDPOINT is not the address of a Hub"
    ),
}
