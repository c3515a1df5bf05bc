"""A line between two programs that can be cut, fall silent, or pass one byte at a time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, Literal

Fault = Literal["none", "cut", "silent", "trickle"]

#: A byte a second, a hundred times as fast.
_BETWEEN_BYTES: Final = 0.01
_PIECE: Final = 1 << 16


@dataclass
class Line:
    """A loopback port that passes everything on to another one, until its fault."""

    port: int = 0
    fault: Fault = "none"
    #: What comes back is passed on up to this byte of a connection; there the fault begins.
    after: int = 0
    #: So many connections have the fault; the others none.
    times: int = 1 << 30
    #: Bytes that came back, over all connections.
    passed: int = 0
    is_closed: bool = False
    _ends: list[socket.socket] = field(default_factory=list, repr=False)

    def behave(self, fault: Fault = "none", after: int = 0, times: int = 1 << 30) -> None:
        """From the next connection on."""
        self.fault, self.after, self.times, self.passed = fault, after, times, 0

    def carry(self, near: socket.socket, target: int) -> None:
        """Pass one connection on, in two threads."""
        with suppress(OSError):
            far = socket.create_connection(("127.0.0.1", target), timeout=5)
            far.settimeout(None)
            self._ends += [near, far]
            fault: Fault = self.fault if self.times > 0 else "none"
            self.times -= 1
            threading.Thread(target=_pump, args=(near, far), daemon=True).start()
            arguments = (far, near, fault, self.after)
            threading.Thread(target=self._answer, args=arguments, daemon=True).start()

    def _answer(self, far: socket.socket, near: socket.socket, fault: Fault, left: int) -> None:
        with suppress(OSError):
            while piece := far.recv(_PIECE):
                if fault == "none" or left >= len(piece):
                    near.sendall(piece)
                    left -= len(piece)
                    self.passed += len(piece)
                    continue
                near.sendall(piece[:left])
                if fault == "silent":
                    return
                if fault == "cut":
                    break
                for at in range(left, len(piece)):
                    if self.is_closed:
                        break
                    near.sendall(piece[at : at + 1])
                    time.sleep(_BETWEEN_BYTES)
                left = 0
        for end in (near, far):
            _shut(end)

    def close(self) -> None:
        self.is_closed = True
        for end in self._ends:
            _shut(end)
            end.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
    _shut(target)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def line_to(target: int) -> Iterator[Line]:
    """A line to a port of the loopback."""
    listener = socket.create_server(("127.0.0.1", 0))
    line = Line(listener.getsockname()[1])

    def accept() -> None:
        with suppress(OSError):
            while True:
                line.carry(listener.accept()[0], target)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield line
    finally:
        _shut(listener)
        listener.close()
        thread.join(5)
        line.close()
