"""Where the embedded servers keep their data and sockets, and as whom they run.

All of it follows from the folder alone, so that a command run beside `manage.py up` finds the same sockets.
"""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

NOBODY = 65534
DATABASE = "aurora"
# sun_path holds 108 bytes on Linux, 104 on macOS, with the final zero.
SOCKET_PATH_LIMIT = 103
POSTGRES_SOCKET = ".s.PGSQL.5432"
# Not the temp dir of the environment: two shells with different TMPDIR must agree.
SHORT_SOCKETS = Path("/tmp")  # noqa: S108 - the folder made in it is private and its owner is checked


@dataclass(frozen=True)
class Layout:
    """`var` is AURORA_VAR; `owner` is the uid that the servers run as."""

    var: Path
    owner: int
    sockets: Path

    @property
    def postgres_data(self) -> Path:
        return self.var / "postgres"

    @property
    def valkey_data(self) -> Path:
        return self.var / "valkey"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    @property
    def redis_url(self) -> str:
        return f"unix://{self.valkey_socket}?db=0"

    @classmethod
    def of(cls, var: Path) -> "Layout":
        """The layout of a folder that need not exist yet."""
        var = var.absolute()
        folder_owner = var.stat().st_uid if var.exists() else os.geteuid()
        # PostgreSQL refuses to run as root.
        owner = folder_owner or NOBODY
        return cls(var=var, owner=owner, sockets=_socket_folder(var, folder_owner))


def _socket_folder(var: Path, folder_owner: int) -> Path:
    inside = var / "run"
    # Root's servers run as nobody, who may not reach a folder under a private home.
    if folder_owner != 0 and len(os.fsencode(inside / POSTGRES_SOCKET)) <= SOCKET_PATH_LIMIT:
        return inside
    digest = hashlib.sha256(os.fsencode(var)).hexdigest()[:12]
    return SHORT_SOCKETS / f"aurora-{folder_owner}-{digest}"
