"""The embedded PostgreSQL: made on first start, reached by a Unix socket alone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
from psycopg import sql

from aurora_site.servers import binaries
from aurora_site.servers.errors import ServerError
from aurora_site.servers.layout import DATABASE, Layout
from aurora_site.servers.process import as_user, end, last_line, private_folder, spawn

SUPERUSER = "postgres"
START_SECONDS = 60  # recovery after a crash may take a while
STOP_SECONDS = 5.0


class Postgres:
    """One server on `layout`. `start` and `stop` may be called again and again."""

    def __init__(self, layout: Layout, *, log: Path) -> None:
        self.layout = layout
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when queries are answered. Raises ServerError."""
        program = binaries.postgres(uid=self.layout.owner)
        if not self.layout.postgres_data.exists():
            self._make_cluster(program)
        self._check_version(program)
        self._end_leftover()
        data = self.layout.postgres_data
        self.process = spawn(
            [str(program), "-D", self._seen_from_inside(data), *self._options()],
            log=self.log,
            death_signal=signal.SIGINT,
            uid=self.layout.owner,
            cwd=data,
        )
        self._wait()
        self._make_database()

    def stop(self, *, seconds: float = STOP_SECONDS) -> None:
        if self.process:
            # SIGINT is the fast shutdown: ends sessions, writes a checkpoint.
            end(self.process, signal.SIGINT, seconds=seconds)

    def connect(self, database: str = SUPERUSER) -> psycopg.Connection:
        """As the superuser; for making the role and for tests."""
        return psycopg.connect(
            host=str(self.layout.sockets), user=SUPERUSER, dbname=database, connect_timeout=2, autocommit=True
        )

    def _options(self) -> list[str]:
        sockets = str(self.layout.sockets).replace('"', '""')
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{sockets}"',
            "unix_socket_permissions": "0700",
        }
        if sys.platform == "linux":
            # After a crash: one call instead of one for each of a thousand files.
            settings["recovery_init_sync_method"] = "syncfs"
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _seen_from_inside(self, data: Path) -> str:
        """How the server names its own folder.

        Nobody may not walk the path to a folder under a private home, but may stay in one that root put it into.
        """
        return "/proc/self/cwd" if os.geteuid() == 0 and sys.platform == "linux" else str(data)

    def _make_cluster(self, program: Path) -> None:
        # Made aside and renamed: an interrupted first start leaves nothing half-made.
        new = self.layout.postgres_data.with_name("postgres.new")
        subprocess.run(["rm", "-rf", new], check=True)
        private_folder(new, owner=self.layout.owner)
        options = ["--locale=C"]
        if binaries.version(program) >= 17:
            # The same order of text on every platform.
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            # One call instead of one for each of a thousand files.
            options += ["--sync-method=syncfs"] if sys.platform == "linux" else []
        done = subprocess.run(
            [program.with_name("initdb"), "-D", self._seen_from_inside(new), "-U", SUPERUSER, "--encoding=UTF8",
             "--auth-local=trust", "--auth-host=reject", *options],
            capture_output=True, text=True, cwd=new, check=False, **as_user(self.layout.owner),
        )  # fmt: skip
        if done.returncode != 0:
            reason = next((line for line in done.stderr.splitlines() if "error" in line.lower()), done.stderr.strip())
            raise ServerError(f"PostgreSQL cannot make its files in {new.parent}: {reason}")
        new.rename(self.layout.postgres_data)

    def _check_version(self, program: Path) -> None:
        data, ours = self.layout.postgres_data, binaries.version(program)
        made_by = (data / "PG_VERSION").read_text().strip()
        if made_by != str(ours):
            raise ServerError(
                f"{data} was made by PostgreSQL {made_by}, this is {ours}: dump it with the old version and load it "
                "with the new one (docs/runbook.md), or set DATABASE_URL."
            )

    def _end_leftover(self) -> None:
        """End the server that a dead supervisor left running, where the system did not do so itself."""
        pid = self._recorded_pid()
        if pid is None or not _is_postgres(pid):
            return
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + 15
        while _is_postgres(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
        if _is_postgres(pid):
            os.kill(pid, signal.SIGQUIT)
            time.sleep(1)

    def _recorded_pid(self) -> int | None:
        try:
            first = (self.layout.postgres_data / "postmaster.pid").read_text().splitlines()[0]
        except (FileNotFoundError, IndexError):
            return None
        return int(first) if first.strip().isdecimal() else None

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError as error:
                if self.process is None or self.process.poll() is not None:
                    raise ServerError(f"PostgreSQL did not start: {last_line(self.log)} (see {self.log})") from error
                if time.monotonic() > deadline:
                    raise ServerError(f"PostgreSQL does not answer after {START_SECONDS} s: see {self.log}.") from error
            time.sleep(0.02)

    def _make_database(self) -> None:
        """A role without special rights: a superuser would see through row-level security."""
        name = sql.Identifier(DATABASE)
        with self.connect() as connection:
            if not connection.execute("select 1 from pg_roles where rolname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("create role {} login nosuperuser nobypassrls").format(name))
            if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("create database {} owner {}").format(name, name))


def _is_postgres(pid: int) -> bool:
    """Process numbers are used again: a recorded one may by now be anybody's, or a dead child that nobody collected."""
    proc = Path(f"/proc/{pid}/stat")
    if Path("/proc/self").exists():
        # `1234 (postgres) S …`
        name, _, state = proc.read_text().partition(") ") if proc.exists() else ("", "", "")
    else:
        listed = subprocess.run(
            ["ps", "-o", "comm=,stat=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        name, _, state = listed.stdout.strip().rpartition(" ")
    return "postgres" in name and not state.startswith("Z")
