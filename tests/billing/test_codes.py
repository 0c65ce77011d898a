from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django_scopes import scope

from accounts.models import Workspace
from accounts.services import workspaces
from accounts.services.rights import Refused
from billing import ledger
from billing.models import PromoCode
from billing.services import codes

TEN = 10_000_000


@pytest.fixture
def code(db: None) -> PromoCode:
    return PromoCode.objects.create(code="SPRING", amount_micros=TEN, credit_days=30, reason="test")


def redeem(workspace: Workspace, person: Any, text: str = "SPRING") -> int:
    return codes.redeem(workspace=workspace, actor=person, code=text)


def test_it_gives_what_the_code_is_worth_until_its_end(workspace, alice, code: PromoCode) -> None:
    assert redeem(workspace, alice, " spring ") == TEN
    with scope(workspace=workspace):
        (gift,) = ledger.purse(workspace=workspace).gifts
    assert (gift.source, gift.micros) == ("code", TEN)
    assert gift.expires_at and abs(gift.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    code.refresh_from_db()
    assert code.uses == 1


def test_it_is_redeemed_once_a_workspace_and_once_a_person(workspace, alice, code: PromoCode) -> None:
    redeem(workspace, alice)
    with pytest.raises(Refused, match="This workspace has redeemed"):
        redeem(workspace, alice)
    with pytest.raises(Refused, match="in another workspace"):
        redeem(workspaces.personal(alice), alice)
    code.refresh_from_db()
    assert code.uses == 1


@pytest.mark.parametrize("values", [{"ends_at": timezone.now()}, {"max_uses": 0}])
def test_it_says_the_same_of_what_has_ended_and_what_never_was(workspace, alice, code: PromoCode, values) -> None:
    PromoCode.objects.update(**values)
    for text in ("SPRING", "AUTUMN"):
        with pytest.raises(Refused, match="not valid, or can no longer be redeemed"):
            redeem(workspace, alice, text)
    with scope(workspace=workspace):
        assert ledger.balance(workspace=workspace) == 0


def test_its_last_use_is_one(workspace, alice, charlie, code: PromoCode) -> None:
    PromoCode.objects.update(max_uses=1)
    redeem(workspace, alice)
    with pytest.raises(Refused):
        redeem(workspaces.personal(charlie), charlie)


def test_it_lets_nobody_guess_for_long(workspace, alice, code: PromoCode) -> None:
    for number in range(codes.TRIES):
        with pytest.raises(Refused, match="not valid"):
            redeem(workspace, alice, f"GUESS{number}")
    with pytest.raises(Refused, match="many tries"):
        redeem(workspace, alice)
    cache.clear()
    assert redeem(workspace, alice) == TEN


def test_it_is_for_owners(workspace, bob, code: PromoCode) -> None:
    with pytest.raises(PermissionDenied):
        redeem(workspace, bob)
