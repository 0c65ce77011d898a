"""PostgreSQL and Valkey from wheels, started where no DATABASE_URL or REDIS_URL is given. Knows no Django."""

import contextlib
import shutil
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from aurora_site.servers import lock
from aurora_site.servers.errors import ServerError
from aurora_site.servers.layout import Layout
from aurora_site.servers.postgres import Postgres
from aurora_site.servers.process import private_folder
from aurora_site.servers.valkey import Valkey

__all__ = ["Layout", "Postgres", "ServerError", "Servers", "Valkey"]

ROOM = 200 * 1024 * 1024


class Servers:
    """The embedded servers of one folder, held by a lock from `start` to `stop`.

    `running` maps names to those that were asked for: only `postgres`, only `valkey`, both or none.
    """

    def __init__(self, var: Path, *, postgres: bool = True, valkey: bool = True) -> None:
        self.layout = Layout.of(var)
        self.logs = self.layout.var / "logs"
        self.running: dict[str, Postgres | Valkey] = {}
        if postgres:
            self.running["postgres"] = Postgres(self.layout, log=self.logs / "postgres.log")
        if valkey:
            self.running["valkey"] = Valkey(self.layout, log=self.logs / "valkey.log")
        self._lock: IO[str] | None = None

    def start(self) -> None:
        """Raises ServerError, one sentence, with nothing left running."""
        self._lock = lock.take(self.layout.var)
        try:
            self._prepare()
            for server in self.running.values():
                server.start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        for server in reversed(self.running.values()):
            server.stop()
        if self._lock:
            with contextlib.suppress(OSError):
                self.layout.sockets.rmdir()
            self._lock.close()
            self._lock = None

    def _prepare(self) -> None:
        try:
            self.logs.mkdir(exist_ok=True)
        except OSError as error:
            raise ServerError(f"{self.logs} cannot be made ({error.strerror}): run as the folder's owner.") from error
        if self.running:
            free = shutil.disk_usage(self.layout.var).free
            if free < ROOM:
                raise ServerError(
                    f"The disk of {self.layout.var} has {free >> 20} MB left and {ROOM >> 20} are needed: "
                    "make room, or let AURORA_VAR name a folder on another disk."
                )
            private_folder(self.layout.sockets, owner=self.layout.owner)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
