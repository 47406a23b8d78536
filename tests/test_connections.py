"""Connections on which nothing happens, to a real server with short limits."""

import contextlib
import socket
import threading
import time

import pytest
import uvicorn

from textvae.web.serving import connections
from textvae.web.serving.connections import Connection

LIMIT = 0.4


async def app(scope, receive, send):
    """Answers slowly, or with far more than a socket holds."""
    if scope["type"] != "http":
        return
    size = {"/large": 50_000_000, "/some": 20_000}.get(scope["path"], 2)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"a" * size})


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(connections, "IDLE", LIMIT)
    monkeypatch.setattr(connections, "STUCK", LIMIT)
    config = uvicorn.Config(
        app, port=0, log_level="critical", http=Connection, timeout_keep_alive=60
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def address(server):
    return server.servers[0].sockets[0].getsockname()


def seconds_until_closed(connection, dribble=b""):
    """Until the other side closes, while a byte is sent now and then."""
    begun = time.monotonic()
    connection.settimeout(0.1)
    while time.monotonic() < begun + 5:
        try:
            with contextlib.suppress(TimeoutError):
                if connection.recv(65536) == b"":
                    return time.monotonic() - begun
            connection.sendall(dribble)
        except OSError:  # closed while the byte was on its way
            return time.monotonic() - begun
    return None


@pytest.mark.parametrize(
    ("said", "dribble"),
    [
        (b"", b""),  # nothing at all
        (b"GET / HTTP/1.1\r\nHost: x\r\n", b""),  # half of a head
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"a"),  # a head that never ends
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b""),  # no second request
    ],
)
def test_an_idle_connection_is_closed_however_slowly_it_talks(address, said, dribble):
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(said)
        seconds = seconds_until_closed(connection, dribble)
    assert seconds is not None
    assert LIMIT / 2 < seconds < LIMIT + 2


def test_a_client_that_reads_nothing_is_cut_off(address):
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(LIMIT + 1)
        received = 0
        with contextlib.suppress(ConnectionResetError):
            while part := connection.recv(1_000_000):
                received += len(part)
    assert received < 50_000_000


def test_a_client_that_leaves_the_last_bytes_unread_is_cut_off(server, address):
    with socket.socket() as lazy:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        lazy.connect(address)
        open_ones = server.server_state.connections
        while not any(one.transport.get_write_buffer_size() for one in list(open_ones)):
            lazy.sendall(b"GET /some HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(0.005)
        end = time.monotonic() + 5
        while open_ones and time.monotonic() < end:
            time.sleep(0.05)
        assert not open_ones


def test_one_that_asks_again_and_again_stays_open(address):
    with socket.create_connection(address, timeout=5) as connection:
        for _ in range(12):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while not answer.endswith(b"0\r\n\r\n"):  # the last chunk
                received = connection.recv(65536)
                assert received
                answer += received
            assert answer.startswith(b"HTTP/1.1 200")
            time.sleep(LIMIT / 8)
