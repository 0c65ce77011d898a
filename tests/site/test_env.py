"""Environment variables: what is good is taken, what is bad is named."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from aurora_site import connections, env
from aurora_site.servers import Layout


@pytest.mark.parametrize(
    ("raw", "value"), [("1", True), ("True", True), (" yes ", True), ("off", False), ("0", False), ("", True)]
)
def test_it_reads_flags(monkeypatch: pytest.MonkeyPatch, raw: str, value: bool) -> None:
    monkeypatch.setenv("X", raw)
    assert env.flag("X", default=True) is value


@pytest.mark.parametrize("raw", ["maybe", "2", "tru"])
def test_it_refuses_other_flags(monkeypatch: pytest.MonkeyPatch, raw: str) -> None:
    monkeypatch.setenv("X", raw)
    with pytest.raises(ImproperlyConfigured, match=r"X=.* write X=true or X=false"):
        env.flag("X", default=False)


@pytest.mark.parametrize(("raw", "value"), [("", 5), ("7", 7), (" 9 ", 9)])
def test_it_reads_numbers(monkeypatch: pytest.MonkeyPatch, raw: str, value: int) -> None:
    monkeypatch.setenv("X", raw)
    assert env.number("X", 5, low=1, high=9) == value


@pytest.mark.parametrize("raw", ["0", "10", "-1", "1.5", "one", "²", "٣"])
def test_it_refuses_other_numbers(monkeypatch: pytest.MonkeyPatch, raw: str) -> None:
    monkeypatch.setenv("X", raw)
    with pytest.raises(ImproperlyConfigured, match=r"X=.* is not a whole number from 1 to 9"):
        env.number("X", 5, low=1, high=9)


def test_it_reads_secrets_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    monkeypatch.setenv("X_FILE", str(tmp_path / "secret"))
    assert env.secret("X") == "from a file"


def test_it_names_a_secret_file_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_FILE", "/nonexistent")
    with pytest.raises(ImproperlyConfigured, match="X_FILE=/nonexistent cannot be read"):
        env.secret("X")


def test_it_reads_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "a.example, b.example,,")
    assert env.words("X") == ["a.example", "b.example"]


def database(url: str, pool_size: int = 0) -> dict[str, object]:
    return connections.database(
        url, layout=Layout(var=Path("/v"), owner=0, sockets=Path("/v/run")), pool_size=pool_size
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", {"NAME": "aurora", "USER": "aurora", "HOST": "/v/run"}),
        ("postgresql://u:p%40@db:5433/a", {"NAME": "a", "USER": "u", "PASSWORD": "p@", "HOST": "db", "PORT": "5433"}),
        ("postgres://u@%2Fsocket%2Fdir/a", {"NAME": "a", "USER": "u", "HOST": "/socket/dir"}),
        ("host=db dbname=a user=u", {"NAME": "a", "USER": "u", "HOST": "db"}),
    ],
)
def test_it_takes_every_form_of_database_url(url: str, expected: dict[str, str]) -> None:
    assert expected.items() <= database(url).items()


def test_it_hands_further_options_on() -> None:
    assert database("postgresql://u@db/a?sslmode=require")["OPTIONS"] == {"connect_timeout": 5, "sslmode": "require"}


def test_a_pool_keeps_connections_itself() -> None:
    assert database("", pool_size=10)["CONN_MAX_AGE"] == 0


@pytest.mark.parametrize(
    ("url", "says"), [("mysql://x/y", "not a PostgreSQL URL"), ("postgresql://u@db", "names no database")]
)
def test_it_refuses_other_databases(url: str, says: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=says):
        database(url)


@pytest.mark.parametrize(
    ("url", "cache", "broker"),
    [
        ("redis://h:6379", "redis://h:6379/0", "redis://h:6379/1"),
        ("rediss://:pw@h:6379/3", "rediss://:pw@h:6379/3", "rediss://:pw@h:6379/4"),
        ("unix:///v/valkey.sock", "unix:///v/valkey.sock?db=0", "redis+socket:///v/valkey.sock?virtual_host=1"),
        ("unix:///v/valkey.sock?db=2", "unix:///v/valkey.sock?db=2", "redis+socket:///v/valkey.sock?virtual_host=3"),
    ],
)
def test_it_takes_every_form_of_redis_url(url: str, cache: str, broker: str) -> None:
    assert connections.redis_db(url, 0) == cache
    assert connections.celery_broker(url) == broker


@pytest.mark.parametrize("url", ["http://h", "redis://h/zero"])
def test_it_refuses_other_queues(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL"):
        connections.redis_db(url, 0)


def test_it_makes_a_secret_key_once_for_its_owner_alone(tmp_path: Path) -> None:
    first = connections.secret_key(tmp_path / "var")
    assert len(first) >= 50
    assert connections.secret_key(tmp_path / "var") == first
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret_key"]


def test_it_names_an_empty_secret_key(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    with pytest.raises(ImproperlyConfigured, match="is empty: delete it"):
        connections.secret_key(tmp_path)
