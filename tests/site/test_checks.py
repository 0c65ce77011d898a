"""Settings that are each fine alone and wrong together."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from aurora_site import checks
from tests import conftest

GOOD = "x7Kq2mZp9LwR4tVb8NcY3fHj6GsD1aEu"


@pytest.mark.parametrize(("key", "problems"), [(GOOD, 0), ("short", 1), ("a" * 50, 1)])
def test_it_finds_a_weak_secret_key(settings: Settings, key: str, problems: int) -> None:
    settings.SECRET_KEY = key
    assert len(checks.secret_key_is_strong()) == problems


@pytest.mark.parametrize(
    ("debug", "https", "bucket", "problems"),
    [(False, True, "b", 0), (True, False, "", 0), (True, True, "", 1), (True, False, "b", 1)],
)
def test_it_finds_debug_in_production(settings: Settings, debug: bool, https: bool, bucket: str, problems: int) -> None:
    settings.DEBUG, settings.HTTPS, settings.S3_BUCKET = debug, https, bucket
    assert len(checks.debug_is_for_one_machine()) == problems


@pytest.mark.parametrize(
    ("bucket", "endpoint", "key", "secret", "problems"),
    [
        ("", "", "", "", 0),
        ("b", "", "", "", 0),
        ("b", "http://s3", "k", "s", 0),
        ("b", "", "k", "", 1),
        ("b", "", "", "s", 1),
        ("", "http://s3", "", "", 1),
        ("", "", "k", "s", 1),
    ],
)
def test_it_finds_half_an_object_storage(
    settings: Settings, bucket: str, endpoint: str, key: str, secret: str, problems: int
) -> None:
    settings.S3_BUCKET, settings.S3_ENDPOINT_URL = bucket, endpoint
    settings.S3_ACCESS_KEY_ID, settings.S3_SECRET_ACCESS_KEY = key, secret
    assert len(checks.s3_is_whole_or_absent()) == problems


def test_it_finds_weights_that_are_not_there(settings: Settings, tmp_path: Path) -> None:
    settings.AURORA_WEIGHTS = tmp_path
    assert str(tmp_path) in checks.weights_are_there()[0].msg
    (tmp_path / "tokenizer.safetensors").touch()
    assert checks.weights_are_there() == []
    settings.AURORA_WEIGHTS = None
    assert checks.weights_are_there() == []


def test_it_finds_mail_that_nobody_gets(settings: Settings) -> None:
    settings.HTTPS, settings.EMAIL_HOST = True, ""
    assert len(checks.mail_leaves_a_public_site()) == 1
    settings.EMAIL_HOST = "smtp.example.org"
    assert checks.mail_leaves_a_public_site() == []


@pytest.mark.parametrize(
    ("key", "secret", "base", "https", "problems"),
    [
        ("", "", "", False, []),
        ("sk_test_1", "whsec_1", "http://127.0.0.1:8001", False, []),
        ("sk_live_1", "whsec_1", "", True, []),
        ("rk_live_1", "whsec_1", "http://127.0.0.1:8001", True, ["aurora.E007"]),
        ("sk_live_1", "", "", True, ["aurora.E008"]),
        ("", "", "http://127.0.0.1:8001", True, ["aurora.E009"]),
        ("sk_live_1", "whsec_1", "", False, ["aurora.W002"]),
    ],
)
def test_it_finds_a_stripe_that_does_not_go_together(
    settings: Settings, key: str, secret: str, base: str, https: bool, problems: list[str]
) -> None:
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = key, secret
    settings.STRIPE_API_BASE, settings.HTTPS = base, https
    assert [found.id for found in checks.stripe_is_whole_or_absent()] == problems


def test_it_finds_a_role_that_sees_through_the_walls(db: None) -> None:
    assert checks.database_role_is_held_by_the_walls(databases=["default"]) == []
    superuser = conftest.postgres().connect()
    with superuser:
        superuser.execute("alter role aurora bypassrls")
        superuser.commit()
        try:
            assert "BYPASSRLS" in checks.database_role_is_held_by_the_walls(databases=["default"])[0].msg
        finally:
            superuser.execute("alter role aurora nobypassrls")
            superuser.commit()


@pytest.mark.parametrize(
    ("https", "chain", "key", "said"),
    [
        (False, "", "", []),
        (True, "", "", ["aurora.W003"]),
        (True, "-----BEGIN x", "-----BEGIN x", ["aurora.E010"]),
        (False, "-----BEGIN x", "", ["aurora.E010"]),
    ],
)
def test_it_finds_pictures_that_cannot_be_signed(
    settings: Settings, https: bool, chain: str, key: str, said: list[str]
) -> None:
    settings.HTTPS, settings.AURORA_C2PA_CERT, settings.AURORA_C2PA_KEY = https, chain, key
    assert [one.id for one in checks.pictures_can_be_signed()] == said
