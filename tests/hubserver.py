"""A Hub on the loopback: what huggingface_hub 2.4 needs to download and to upload.

    with HubServer(token="hf_test") as hub:
        commit = hub.add("me/model", {"config.json": b"{}"})
        subprocess.run(..., env={**os.environ, "HF_ENDPOINT": hub.url})

The client is the real one. It reads HF_ENDPOINT when it is imported, so each client runs in a
process of its own. Faults are set by attribute: `fail`, `is_silent`, `pace`, `cut`, `stall`,
and `interfere` for all others.
"""

import base64
import fnmatch
import hashlib
import json
import re
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from hub_card import problems_of
from xet_store import XetStore

LARGE = ("*.safetensors", "*.h5", "*.bin")  # what the Hub keeps in LFS, by .gitattributes
KINDS = {"models": "model", "spaces": "space", "datasets": "dataset", None: "model"}
Files = dict[str, bytes]


class Request(NamedTuple):
    method: str
    path: str
    status: int
    authorization: str


class Repo:
    """Commits, each a whole tree, and the branches and tags that name some of them."""

    def __init__(self) -> None:
        self.commits: dict[str, Files] = {}
        self.refs: dict[str, str] = {}
        self.messages: list[str] = []
        self.variables: dict[str, str] = {}
        self.is_gated = self.is_private = False

    def commit(self, files: Mapping[str, bytes], ref: str = "main", message: str = "") -> str:
        self.messages.append(message)
        state = [(name, git_oid(data)) for name, data in sorted(files.items())]
        sha = hashlib.sha1(repr((len(self.messages), state)).encode()).hexdigest()
        self.commits[sha], self.refs[ref] = dict(files), sha
        return sha

    def find(self, revision: str) -> str | None:
        return self.refs.get(revision, revision if revision in self.commits else None)

    @property
    def files(self) -> Files:
        return self.commits[self.refs["main"]]


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say what failed, but for a client that has left: some tests do, on purpose."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class HubServer:
    """The server, its repositories, what was asked of it, and its faults.

    Args:
        token: what a client must present to write, and to read what is private or gated.
        large_mode: how the client is told to upload LFS files: `regular` or `lfs`.
    """

    def __init__(self, token: str | None = None, large_mode: str = "regular") -> None:
        self.repos: dict[tuple[str, str], Repo] = {}
        self.token, self.large_mode = token, large_mode
        self.requests: list[Request] = []
        self.objects: Files = {}  # of LFS and Xet, by sha256
        self.xet = XetStore()
        self.fail: dict[str, int] = {}  # method and path as a regex -> status to answer
        self.is_silent = threading.Event()  # accept every request and never answer
        self.cut = ""  # the body of a file whose path this regex matches breaks off halfway
        self.pace = 0.0  # seconds that a file takes to arrive, piece by piece
        self.stall = ""  # like cut, but the connection stays open and nothing more comes
        # Given each request first; true if it has answered, or has ended the connection.
        self.interfere: Callable[[Handler], bool] = lambda handler: False

    def add(
        self, repo_id: str, files: Mapping[str, bytes], ref: str = "main", kind: str = "model"
    ) -> str:
        """A new commit that adds these files; gives its sha."""
        repo = self.repos.setdefault((kind, repo_id), Repo())
        before = repo.commits.get(repo.refs.get(ref, ""), {})
        return repo.commit({**before, **files}, ref)

    def __enter__(self) -> "HubServer":
        handler = type("BoundHandler", (Handler,), {"hub": self})
        self._server = Server(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        # It looks that often, in seconds, whether to end, which `shutdown` waits for.
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def git_oid(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def is_large(path: str) -> bool:
    return any(fnmatch.fnmatch(path, pattern) for pattern in LARGE)


def file_info(path: str, data: bytes) -> dict[str, Any]:
    info: dict[str, Any] = {
        "type": "file",
        "path": path,
        "size": len(data),
        "oid": git_oid(data),
    }
    if is_large(path):
        info["lfs"] = {"oid": sha256(data), "size": len(data), "pointerSize": 134}
    return info


class Handler(BaseHTTPRequestHandler):
    """One request: find the route, find the repository, answer."""

    protocol_version = "HTTP/1.1"
    hub: HubServer

    def log_message(self, *args: Any) -> None:
        pass

    def answer(self) -> None:
        self.path_only = urlsplit(self.path).path
        self.data = self.read_body()
        while self.hub.is_silent.is_set():
            threading.Event().wait(0.1)
        if self.hub.interfere(self):
            return
        for pattern, status in self.hub.fail.items():
            if re.search(pattern, f"{self.command} {self.path_only}"):
                self.send_json(status, {"error": "injected"})
                return
        for pattern, route in ROUTES:
            if found := re.fullmatch(pattern, self.path_only):
                route(self, *map(unquote_or_none, found.groups()))
                return
        self.send_json(404, {"error": f"no route for {self.path_only}"})

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

    def read_body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    @property
    def is_authorized(self) -> bool:
        wanted = self.hub.token
        return wanted is None or self.headers.get("Authorization") == f"Bearer {wanted}"

    # answers

    def send_json(
        self, status: int, value: Any, headers: Mapping[str, str] | None = None
    ) -> None:
        plain = {"Content-Type": "application/json", **(headers or {})}
        self.send_bytes(status, json.dumps(value).encode(), plain)

    def send_bytes(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        authorization = self.headers.get("Authorization", "")
        self.hub.requests.append(Request(self.command, self.path, status, authorization))
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        for fault in filter(None, (self.hub.cut, self.hub.stall)):
            if status < 300 and re.search(fault, self.path):
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
                while self.hub.stall:
                    threading.Event().wait(0.1)
                return
        size = max(len(body) // 16 + 1, 1000)
        for start in range(0, len(body), size):
            threading.Event().wait(self.hub.pace * size / max(len(body), 16_000))
            self.wfile.write(body[start : start + size])

    def refuse(self, status: int, code: str, message: str) -> None:
        self.send_json(
            status, {"error": message}, {"X-Error-Code": code, "X-Error-Message": message}
        )

    def find_repo(self, kind: str | None, repo_id: str) -> Repo | None:
        """The repository; None when the refusal has been sent."""
        repo = self.hub.repos.get((KINDS[kind], repo_id))
        if repo is None or (repo.is_private and not self.is_authorized):
            status = 404 if self.is_authorized else 401
            self.refuse(status, "RepoNotFound", "Repository not found")
            return None
        return repo

    def find_tree(self, repo: Repo, revision: str | None) -> tuple[str, Files] | None:
        """The commit and its files; None when the refusal has been sent."""
        sha = repo.find(revision or "main")
        if sha is None:
            self.refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
            return None
        return sha, repo.commits[sha]

    # downloads

    def resolve(self, kind: str | None, repo_id: str, revision: str, path: str) -> None:
        repo = self.find_repo(kind, repo_id)
        if repo is None:
            return
        if repo.is_gated and not self.is_authorized:
            self.refuse(401, "GatedRepo", "Access to this model is restricted")
            return
        found = self.find_tree(repo, revision)
        if found is None:
            return
        sha, files = found
        if path not in files:
            code = {"X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found"}
            self.send_json(404, {"error": "Entry not found"}, {**code, "X-Repo-Commit": sha})
            return
        data, headers = files[path], {"X-Repo-Commit": sha, "ETag": f'"{git_oid(files[path])}"'}
        if is_large(path):
            large = f'"{sha256(data)}"'
            headers |= {"X-Linked-Size": str(len(data)), "X-Linked-Etag": large, "ETag": large}
        self.send_file(data, headers)

    def send_file(self, data: bytes, headers: dict[str, str]) -> None:
        headers |= {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
        part = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not part:
            self.send_bytes(200, data, headers)
            return
        first, last = int(part[1]), int(part[2] or len(data) - 1)
        headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
        self.send_bytes(206, data[first : last + 1], headers)

    def show_repo(self, kind: str, repo_id: str, revision: str | None = None) -> None:
        repo = self.find_repo(kind, repo_id)
        found = repo and self.find_tree(repo, revision)
        if repo and found:
            sha, files = found
            siblings = [{"rfilename": name} for name in files]
            facts = {"private": repo.is_private, "gated": False, "disabled": False, "tags": []}
            date = "2026-01-01T00:00:00.000Z"
            dates = {"createdAt": date, "lastModified": date}
            names = {"_id": "x", "id": repo_id, "modelId": repo_id, "sha": sha}
            self.send_json(200, {**names, **facts, **dates, "siblings": siblings})

    def show_tree(self, kind: str, repo_id: str, revision: str, _folder: str | None) -> None:
        repo = self.find_repo(kind, repo_id)
        found = repo and self.find_tree(repo, revision)
        if found:
            self.send_json(200, [file_info(*item) for item in sorted(found[1].items())])

    # uploads

    def may_write(self) -> bool:
        if not self.is_authorized or not self.headers.get("Authorization"):
            self.refuse(401, "", "Invalid username or password.")
            return False
        return True

    def create(self) -> None:
        if not self.may_write():
            return
        wish = json.loads(self.data)
        kind, repo_id = (
            wish.get("type") or "model",
            f"{wish['organization'] or 'me'}/{wish['name']}",
        )
        url = f"{self.hub.url}/{'spaces/' * (kind == 'space')}{repo_id}"
        if (kind, repo_id) in self.hub.repos:
            self.send_json(409, {"error": "You already created this repo", "url": url})
            return
        repo = self.hub.repos[kind, repo_id] = Repo()
        repo.is_private = wish.get("visibility") == "private"
        repo.commit({".gitattributes": b""}, message="initial commit")
        self.send_json(200, {"url": url, "name": repo_id, "id": "x"})

    def validate_yaml(self) -> None:
        problems = problems_of(json.loads(self.data)["content"])
        errors = [{"message": problem} for problem in problems]
        self.send_json(400 if errors else 200, {"errors": errors, "warnings": []})

    def preupload(self, kind: str, repo_id: str, revision: str) -> None:
        repo = self.find_repo(kind, repo_id)
        found = repo and self.find_tree(repo, revision)
        if not found or not self.may_write():
            return
        _, files = found
        answers = []
        for wish in json.loads(self.data)["files"]:
            path = wish["path"]
            mode = self.hub.large_mode if is_large(path) else "regular"
            oid = None
            if path in files:
                oid = sha256(files[path]) if mode == "lfs" else git_oid(files[path])
            known = {"path": path, "uploadMode": mode, "shouldIgnore": False, "oid": oid}
            answers.append(known)
        self.send_json(200, {"files": answers})

    def commit(self, kind: str, repo_id: str, revision: str) -> None:
        repo = self.find_repo(kind, repo_id)
        found = repo and self.find_tree(repo, revision)
        if not repo or not found or not self.may_write():
            return
        files, message = dict(found[1]), ""
        for operation in map(json.loads, self.data.splitlines()):
            value = operation["value"]
            match operation["key"]:
                case "header":
                    message = value["summary"]
                case "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    files[value["path"]] = self.hub.objects[value["oid"]]
                case "deletedFile":
                    del files[value["path"]]
        sha = repo.commit(files, revision, message)
        url = f"{self.hub.url}/{repo_id}/commit/{sha}"
        self.send_json(200, {"success": True, "commitOid": sha, "commitUrl": url})

    def lfs_batch(self, _kind: str | None, _repo_id: str) -> None:
        objects = []
        for wish in json.loads(self.data)["objects"]:
            actions = {
                name: {"href": f"{self.hub.url}/lfs/{name}/{wish['oid']}"}
                for name in ("upload", "verify")
            }
            objects.append({"oid": wish["oid"], "size": wish["size"], "actions": actions})
        self.send_json(200, {"transfer": "basic", "objects": objects})

    def lfs_object(self, action: str, oid: str) -> None:
        if action == "upload":
            if sha256(self.data) != oid:
                self.send_json(400, {"error": "the bytes are not those of the oid"})
                return
            self.hub.objects[oid] = self.data
        self.send_json(200, {})

    def xet_token(self, kind: str, repo_id: str) -> None:
        if self.find_repo(kind, repo_id) and self.may_write():
            cas = f"{self.hub.url}/cas"
            self.send_json(200, {"casUrl": cas, "accessToken": "xet", "exp": 4_000_000_000})

    def xet_xorb(self, name: str) -> None:
        self.hub.xet.add_xorb(name, self.data)
        self.send_json(200, {"was_inserted": True})

    def xet_shard(self) -> None:
        for data in self.hub.xet.files_of(self.data):
            self.hub.objects[sha256(data)] = data
        self.send_json(200, {"result": 1})

    def variables(self, repo_id: str) -> None:
        repo = self.find_repo("spaces", repo_id)
        if not repo or not self.may_write():
            return
        if self.command == "POST":
            wish = json.loads(self.data)
            repo.variables[wish["key"]] = wish["value"]
        self.send_json(200, {key: {"value": value} for key, value in repo.variables.items()})


def unquote_or_none(text: str | None) -> str | None:
    return None if text is None else unquote(text)


REPO = "([^/]+/[^/]+)"
API = f"/api/(models|spaces|datasets){'/' + REPO}"
ROUTES: list[tuple[str, Callable[..., None]]] = [
    (f"/(?:(spaces|datasets)/)?{REPO}/resolve/([^/]+)/(.+)", Handler.resolve),
    (API, Handler.show_repo),
    (f"{API}/revision/(.+)", Handler.show_repo),
    (f"{API}/tree/([^/]+)(?:/(.*))?", Handler.show_tree),
    (f"{API}/preupload/([^/]+)", Handler.preupload),
    (f"{API}/commit/([^/]+)", Handler.commit),
    (f"/api/spaces/{REPO}/variables", Handler.variables),
    ("/api/repos/create", Handler.create),
    ("/api/validate-yaml", Handler.validate_yaml),
    (f"/(?:(spaces)/)?{REPO}[.]git/info/lfs/objects/batch", Handler.lfs_batch),
    ("/lfs/(upload|verify)/([0-9a-f]+)", Handler.lfs_object),
    (f"{API}/xet-write-token/[^/]+", Handler.xet_token),
    ("/cas/v1/xorbs/default/([0-9a-f]+)", Handler.xet_xorb),
    ("/cas(?:/v1)?/shards", Handler.xet_shard),
]
