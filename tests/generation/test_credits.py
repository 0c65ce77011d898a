from datetime import timedelta

from django.test import Client
from django.utils import timezone
from django_scopes import scope

from accounts.models import ApiKey
from accounts.services import api_keys
from billing import ledger


def ask(key: str):
    return Client().get("/v1/credits", headers={"Authorization": f"Bearer {key}"})


def test_it_says_what_the_workspace_has(workspace, api_key: str) -> None:
    ends = timezone.now() + timedelta(days=3)
    with scope(workspace=workspace):
        ledger.purchase(workspace=workspace, key="bought", amount_micros=10_000_000, reference="pi_1")
        ledger.grant(workspace=workspace, key="gift", amount_micros=1_000_000, source="code", expires_at=ends)
        ledger.reserve(workspace=workspace, hold="job", amount_micros=70_000)
    assert ask(api_key).json() == {
        "object": "credits",
        "balance_micros": 35_930_000,
        "balance_usd": "35.93",
        "wallet_micros": 10_000_000,
        "gifts": [
            {"source": "code", "micros": 930_000, "expires_at": int(ends.timestamp())},
            {"source": "welcome", "micros": 25_000_000, "expires_at": None},
        ],
        "held_micros": 70_000,
    }


def test_it_needs_the_scope_of_usage(workspace, alice) -> None:
    _, key = api_keys.create(workspace=workspace, name="x", created_by=alice, scopes=["images:write"])
    assert ask(key).status_code == 403
    assert ask("aur_live_nonsense").status_code == 401


def test_pages_warn_who_can_do_something_when_little_is_left(workspace, alice, bob, api_key: str, client_of) -> None:
    page = f"/w/{workspace.slug}/billing/credits"
    with scope(workspace=workspace):
        ledger.take(workspace=workspace, key="x", amount_micros=24_370_000, reason="test")
        assert "is left, less than ten pictures" not in client_of(alice).get(page).content.decode()
        ApiKey.objects.update(last_used_at=timezone.now())
        ledger.take(workspace=workspace, key="y", amount_micros=300_000, reason="test")
    assert "$0.33 of credit is left, less than ten pictures" in client_of(alice).get(page).content.decode()
    with scope(workspace=workspace):
        ledger.take(workspace=workspace, key="z", amount_micros=300_000, reason="test")
    assert "No credit is left" in client_of(alice).get(page).content.decode()
    create = f"/w/{workspace.slug}/"
    assert "credit is left" not in client_of(bob).get(create, follow=True).content.decode()
