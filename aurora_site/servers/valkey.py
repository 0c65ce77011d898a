"""The embedded Valkey: queue, cache, event streams. Reached by a Unix socket alone; keeps an append-only file."""

import signal
import subprocess
import time
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from aurora_site.servers import binaries
from aurora_site.servers.errors import ServerError
from aurora_site.servers.layout import Layout
from aurora_site.servers.process import end, last_line, private_folder, spawn

START_SECONDS = 60  # a long append-only file is read first
STOP_SECONDS = 1.5
LEFTOVER_SECONDS = 10


class Valkey:
    """One server on `layout`. `start` and `stop` may be called again and again."""

    def __init__(self, layout: Layout, *, log: Path) -> None:
        self.layout = layout
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when commands are answered. Raises ServerError."""
        program = binaries.valkey(uid=self.layout.owner)
        private_folder(self.layout.valkey_data, owner=self.layout.owner)
        self._end_leftover()
        self.process = spawn(
            [str(program), *self._options()],
            log=self.log,
            death_signal=signal.SIGTERM,
            uid=self.layout.owner,
            # The data folder is the current one: nobody may not be able to name it.
            cwd=self.layout.valkey_data,
        )
        self._wait()

    def stop(self, *, seconds: float = STOP_SECONDS) -> None:
        if self.process:
            end(self.process, signal.SIGTERM, seconds=min(seconds, STOP_SECONDS))

    def _options(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self.layout.valkey_socket),
            "unixsocketperm": "700",
            "appendonly": "yes",
            # The append-only file is enough.
            "save": "",
            "daemonize": "no",
            # A queue must refuse rather than forget.
            "maxmemory-policy": "noeviction",
        }
        return [part for name, value in settings.items() for part in (f"--{name}", value)]

    def _client(self) -> redis.Redis:
        # Without retries: the client's own back-off would sleep for seconds while we only ask whether it is there.
        once = Retry(NoBackoff(), 0)
        return redis.Redis(unix_socket_path=str(self.layout.valkey_socket), socket_timeout=2, retry=once)

    def _end_leftover(self) -> None:
        """End the server that a dead supervisor left running; the socket's folder is ours alone."""
        deadline = time.monotonic() + LEFTOVER_SECONDS
        with self._client() as client:
            while _answers(client) and time.monotonic() < deadline:
                client.shutdown()
                time.sleep(0.02)

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        with self._client() as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.RedisError as error:
                    if self.process is None or self.process.poll() is not None:
                        raise ServerError(f"Valkey did not start: {last_line(self.log)} (see {self.log})") from error
                    if time.monotonic() > deadline:
                        raise ServerError(f"Valkey does not answer after {START_SECONDS} s: see {self.log}.") from error
                time.sleep(0.02)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
    except redis.RedisError:
        return True  # it is still loading, or busy: there all the same
