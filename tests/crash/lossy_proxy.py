"""A ZooKeeper connection that fails just where it hurts: between a client and its server, frame by frame.

    with LossyProxy("127.0.0.1:2181") as proxy:
        client = KazooClient(f"{proxy.address}/chroot")
        lost = proxy.lose_answer_of_next_multi()    # the server applies it, the client never hears
        ...
        assert lost.wait(5)

Every fault happens once and then cuts the connection; the client's next connection goes through.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

MULTI = 14
_INT = struct.Struct(">i")
_REQUEST = struct.Struct(">ii")
_CONNECT = struct.Struct(">iqiq")
"""protocol version, last zxid seen, time-out, session id; then the password."""


@dataclass
class _Fault:
    """A fault that waits for the next multi. `happened` is set when the connection has been cut for it."""

    forward_request: bool
    happened: threading.Event = field(default_factory=threading.Event)
    xid: int | None = None


class LossyProxy:
    """Listens on a loopback port of its own and forwards to `server` (`host:port`)."""

    def __init__(self, server: str) -> None:
        host, _, port = server.partition(":")
        self._server = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._fault: _Fault | None = None
        self._forgets_session = False
        threading.Thread(target=self._accept, name="lossy-proxy", daemon=True).start()

    def lose_answer_of_next_multi(self) -> threading.Event:
        """The server gets the next multi; its answer is dropped and the connection is cut."""
        return self._arm(_Fault(forward_request=True))

    def lose_next_multi(self) -> threading.Event:
        """The server never gets the next multi; the connection is cut."""
        return self._arm(_Fault(forward_request=False))

    def cut(self, forget_session: bool = False) -> None:
        """Cut every connection. With `forget_session` the next one gets a fresh session and nobody says so."""
        self._forgets_session = forget_session
        self._cut_all()

    def close(self) -> None:
        self._listener.close()
        self._cut_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _arm(self, fault: _Fault) -> threading.Event:
        self._fault = fault
        return fault.happened

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._server)
        except OSError:
            client.close()
            return
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections += 1
        self._pairs.append((client, server))
        threading.Thread(target=self._requests, args=(client, server), daemon=True).start()
        threading.Thread(target=self._answers, args=(client, server), daemon=True).start()

    def _requests(self, client: socket.socket, server: socket.socket) -> None:
        frames = _frames(client)
        first = next(frames, None)
        if first is not None:
            _send(server, self._connect_request(first))
        for frame in frames:
            fault = self._fault
            if fault is not None and fault.xid is None and _REQUEST.unpack_from(frame)[1] == MULTI:
                fault.xid = _REQUEST.unpack_from(frame)[0]
                if not fault.forward_request:
                    self._strike(fault)
                    return
            _send(server, frame)
        _cut(client, server)

    def _answers(self, client: socket.socket, server: socket.socket) -> None:
        frames = _frames(server)
        first = next(frames, None)
        if first is not None:
            _send(client, first)
        for frame in frames:
            fault = self._fault
            if fault is not None and fault.xid is not None and _INT.unpack_from(frame)[0] == fault.xid:
                self._strike(fault)
                return
            _send(client, frame)
        _cut(client, server)

    def _connect_request(self, frame: bytes) -> bytes:
        if not self._forgets_session:
            return frame
        self._forgets_session = False
        version, _, timeout_ms, _ = _CONNECT.unpack_from(frame)
        password = _INT.pack(16) + bytes(16)
        return _CONNECT.pack(version, 0, timeout_ms, 0) + password + frame[_CONNECT.size + len(password) :]

    def _strike(self, fault: _Fault) -> None:
        self._fault = None
        self._cut_all()
        fault.happened.set()

    def _cut_all(self) -> None:
        pairs, self._pairs = self._pairs, []
        for client, server in pairs:
            _cut(client, server)


def _frames(source: socket.socket) -> Iterator[bytes]:
    """Whole frames without their length, until the connection ends."""
    while (head := _read(source, _INT.size)) is not None:
        body = _read(source, _INT.unpack(head)[0])
        if body is None:
            return
        yield body


def _read(source: socket.socket, wanted: int) -> bytes | None:
    data = b""
    while len(data) < wanted:
        try:
            part = source.recv(wanted - len(data))
        except OSError:
            return None
        if not part:
            return None
        data += part
    return data


def _send(target: socket.socket, frame: bytes) -> None:
    try:
        target.sendall(_INT.pack(len(frame)) + frame)
    except OSError:
        _cut(target)


def _cut(*sockets: socket.socket) -> None:
    for each in sockets:
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:
            continue
        finally:
            each.close()
