from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django_scopes import scope

from accounts.services.rights import Refused
from billing import ledger
from billing.models import DataSharing, Purchase
from billing.services import sharing
from billing.signals import sharing_withdrawn

MONTHLY = 150_000_000


@pytest.fixture
def spender(workspace, alice) -> Any:
    """Alice's workspace has spent $6 of $10 that it bought. The test runs in its scope."""
    with scope(workspace=workspace):
        Purchase.objects.create(workspace=workspace, kind="credit", status="paid", amount_micros=10_000_000)
        ledger.purchase(workspace=workspace, key="bought", amount_micros=10_000_000, reference="pi_1")
        ledger.reserve(workspace=workspace, hold="job", amount_micros=6_000_000)
        ledger.capture(workspace=workspace, hold="job", part="0", amount_micros=6_000_000)
        yield workspace


def gifts(workspace) -> list[ledger.Gift]:
    return list(ledger.purse(workspace=workspace).gifts)


def at(monkeypatch: pytest.MonkeyPatch, year: int, month: int, day: int) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(year, month, day, tzinfo=UTC))


def test_it_gives_the_months_credit_when_it_is_turned_on(spender, alice) -> None:
    assert not sharing.is_on(spender)
    assert sharing.start(workspace=spender, actor=alice)
    assert sharing.is_on(spender)
    (gift,) = gifts(spender)
    assert (gift.source, gift.micros) == ("sharing", MONTHLY)
    assert gift.expires_at == sharing.end_of_next_month(datetime.now(UTC))


@pytest.mark.parametrize(
    ("month", "ends"),
    [((2026, 1), (2026, 3)), ((2026, 10), (2026, 12)), ((2026, 11), (2027, 1)), ((2026, 12), (2027, 2))],
)
def test_it_ends_with_the_next_month(month: tuple[int, int], ends: tuple[int, int]) -> None:
    given = datetime(month[0], month[1], 17, tzinfo=UTC)
    assert sharing.end_of_next_month(given) == datetime(ends[0], ends[1], 1, tzinfo=UTC)


def test_it_gives_once_a_month_however_often_it_is_turned(spender, alice) -> None:
    sharing.start(workspace=spender, actor=alice)
    for _ in range(3):
        sharing.give_monthly()
        assert sum(gift.micros for gift in gifts(spender)) == MONTHLY
    for _ in range(2):
        sharing.stop(workspace=spender, actor=alice)
        assert gifts(spender) == [], "what is left of it ends with it"
        sharing.start(workspace=spender, actor=alice)
        assert gifts(spender) == [], "and it comes once a month"


def test_it_gives_each_month_while_it_is_on(spender, alice, monkeypatch) -> None:
    at(monkeypatch, 2031, 1, 31)
    sharing.start(workspace=spender, actor=alice)
    at(monkeypatch, 2031, 2, 1)
    assert (sharing.give_monthly(), sharing.give_monthly()) == (1, 0)
    assert len(gifts(spender)) == 2
    at(monkeypatch, 2031, 3, 1)
    assert sharing.give_monthly() == 1
    assert len(gifts(spender)) == 2, "the first one has ended"
    sharing.stop(workspace=spender, actor=alice)
    at(monkeypatch, 2031, 4, 1)
    assert sharing.give_monthly() == 0
    assert gifts(spender) == []


def test_it_needs_five_dollars_of_bought_credit_spent(workspace, alice) -> None:
    with scope(workspace=workspace):
        ledger.grant(workspace=workspace, key="gift", amount_micros=50_000_000)
        ledger.reserve(workspace=workspace, hold="job", amount_micros=40_000_000)
        with pytest.raises(Refused, match=r"spent \$5\.00"):
            sharing.start(workspace=workspace, actor=alice)
        assert not sharing.is_on(workspace)


def test_it_takes_everything_back(spender, alice) -> None:
    told: list[Any] = []

    def listen(sender, *, workspace, **_: Any) -> None:
        told.append(workspace)

    sharing_withdrawn.connect(listen)
    sharing.start(workspace=spender, actor=alice)
    sharing.stop(workspace=spender, actor=alice)
    sharing.start(workspace=spender, actor=alice)
    assert sharing.withdraw(workspace=spender, actor=alice)
    assert not sharing.withdraw(workspace=spender, actor=alice)
    assert not sharing.is_on(spender)
    assert not DataSharing.objects.filter(withdrawn_at=None).exists()
    assert told == [spender]


def test_it_is_the_admins_choice(spender, bob) -> None:
    with pytest.raises(PermissionDenied):
        sharing.start(workspace=spender, actor=bob)


def test_its_page_asks_for_the_conditions_to_be_read(spender, alice, client_of) -> None:
    url, browser = f"/w/{spender.slug}/settings/sharing", client_of(alice)
    assert browser.post(url).status_code == 422
    assert browser.post(url, {"agreed": "on"}).status_code == 302
    assert sharing.is_on(spender)
    assert "turned on by Alice" in browser.get(url).content.decode()
    assert browser.post(f"{url}/withdraw").status_code == 422
    browser.post(f"{url}/withdraw", {"sure": "on"})
    assert not sharing.is_on(spender)


def test_all_admins_get_a_letter(
    spender, alice, bob, mailoutbox, django_capture_on_commit_callbacks, monkeypatch
) -> None:
    from billing.services import messages, notices

    monkeypatch.setattr(messages, "_send", lambda task, args: notices.write(*args))
    with django_capture_on_commit_callbacks(execute=True):
        sharing.start(workspace=spender, actor=alice)
    assert [(mail.to, mail.subject) for mail in mailoutbox] == [([alice.email], "Data sharing is on in Atelier")]
