"""A network share as fsspec drivers show it, that can refuse, break off, hang or crawl.

Its driver puts the password into every error, as real ones do.
"""

from __future__ import annotations

import io
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Literal

import fsspec
from fsspec import AbstractFileSystem
from fsspec.utils import infer_storage_options

Fault = Literal["none", "cut", "short", "silent", "trickle"]

_LONG_AGO: Final = datetime(2024, 7, 1, tzinfo=UTC)
_BETWEEN_BYTES: Final = 0.01


@dataclass
class Share:
    """What lies there, and how it behaves."""

    password: str
    files: dict[str, bytes] = field(default_factory=dict)
    is_away: bool = False
    #: From this byte of a file on.
    fault: Fault = "none"
    after: int = 0


#: By host.
SHARES: dict[str, Share] = {}


class ShareSystem(AbstractFileSystem):
    """The driver: ``badshare://user:password@host/path``."""

    protocol = "badshare"
    cachable = False

    def __init__(self, host: str, username: str = "", password: str = "", **_: Any) -> None:
        super().__init__()
        self.host, self.told = host, f"{username}:{password}@{host}"
        self.password = password

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(infer_storage_options(path)["path"]).rstrip("/")

    @staticmethod
    def _get_kwargs_from_urls(path: str) -> dict[str, Any]:
        options = infer_storage_options(path)
        return {name: options[name] for name in ("host", "username", "password") if name in options}

    def _share(self) -> Share:
        share = SHARES[self.host]
        if share.is_away:
            raise ConnectionRefusedError(f"no answer from {self.told}")
        if share.password != self.password:
            raise PermissionError(f"login refused for {self.told}")
        return share

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        share = self._share()
        found: dict[str, dict[str, Any]] = {}
        for name, content in share.files.items():
            if name.startswith(f"{path}/"):
                inner, _, deeper = name[len(path) + 1 :].partition("/")
                entry = {"name": f"{path}/{inner}", "size": len(content), "mtime": _LONG_AGO}
                found[inner] = entry | {"type": "directory" if deeper else "file"}
        return list(found.values()) if detail else [entry["name"] for entry in found.values()]

    def _open(self, path: str, *_: Any, **__: Any) -> io.BufferedReader:
        share = self._share()
        return io.BufferedReader(_Content(share, share.files[path], self.told), 1 << 10)


class _Content(io.RawIOBase):
    def __init__(self, share: Share, content: bytes, told: str) -> None:
        self.share, self.content, self.told, self.at = share, content, told, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        share = self.share
        most = len(buffer)
        if share.fault != "none":
            if self.at >= share.after:
                match share.fault:
                    case "cut":
                        raise ConnectionResetError(f"line to {self.told} is lost")
                    case "short":
                        return 0
                    case "silent":
                        time.sleep(60)
                    case "trickle":
                        time.sleep(_BETWEEN_BYTES)
                        most = 1
            else:
                most = min(most, share.after - self.at)
        piece = self.content[self.at : self.at + most]
        buffer[: len(piece)] = piece
        self.at += len(piece)
        return len(piece)


fsspec.register_implementation("badshare", ShareSystem, clobber=True)
