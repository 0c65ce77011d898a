"""Health, and what every answer carries."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from aurora_site import health
from generation import valkey
from generation.services import workers


def parts() -> dict[str, dict[str, object]]:
    answer: dict[str, dict[str, object]] = Client().get("/readyz").json()["parts"]
    return answer


@pytest.fixture
def no_valkey(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = "unix:///nonexistent?db=0"
    valkey.client.cache_clear()
    yield
    valkey.client.cache_clear()


def test_it_is_alive_without_any_server(no_valkey: None) -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}


def test_it_is_not_ready_without_a_worker(db: None) -> None:
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "waiting"
    assert parts()["worker"] == {"ok": False, "hint": health.HINTS["worker"]}
    assert [name for name, part in parts().items() if part["ok"]] == ["database", "valkey", "storage"]


def test_it_is_ready_with_one(db: None) -> None:
    workers.announce(name="here:1", model="aurora-1")
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "parts": {name: {"ok": True} for name in health.CHECKS}}


def test_it_names_valkey(db: None, no_valkey: None) -> None:
    assert parts()["valkey"] == {"ok": False, "hint": health.HINTS["valkey"]}


def test_it_names_the_database(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nonexistent")
    assert parts()["database"] == {"ok": False, "hint": health.HINTS["database"]}


def test_it_names_the_storage(db: None, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "file" / "below"},
        }
    }
    assert parts()["storage"] == {"ok": False, "hint": health.HINTS["storage"]}


def test_it_answers_probes_that_name_no_host(db: None) -> None:
    assert Client().get("/healthz", headers={"host": "10.0.0.7:8000"}).status_code == 200
    assert Client().get("/accounts/login/", headers={"host": "10.0.0.7:8000"}).status_code == 400


def test_it_only_reads(db: None) -> None:
    assert Client().post("/readyz").status_code == 405


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/nowhere", "/admin/login/"])
def test_every_page_keeps_the_browser_strict(db: None, path: str) -> None:
    headers = Client().get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy + ";"
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Permissions-Policy"].startswith("camera=()")


def test_every_answer_has_an_id_to_quote(db: None) -> None:
    first, second = (Client().get("/accounts/login/").headers["x-request-id"] for _ in range(2))
    assert first != second
