"""What staff do with money: adjustments, prices, codes, grants; each audited, and wrong input changes nothing."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.db.models import Q
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import AuditEntry, User, Workspace
from accounts.services import deeds
from billing import ledger, prices
from billing.models import EntitlementGrant, Price, PromoCode, Transaction
from tests.staff_ops.desk import open_session

ADJUST = "/admin/panel/money/adjustments"
PRICE = "/admin/panel/money/prices"
CODE = "/admin/panel/money/codes"
ENTITLEMENT = "/admin/billing/entitlementgrant/add/"


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_superuser("staff@example.org")


@pytest.fixture
def desk(staff: User, client_of: Callable[[User], Client]) -> Client:
    browser = client_of(staff)
    open_session(browser, staff)
    return browser


@pytest.fixture
def balance(workspace: Workspace) -> Callable[[], int]:
    def look() -> int:
        with scope(workspace=workspace):
            return ledger.balance(workspace=workspace)

    return look


def said() -> list[str]:
    """What the audit trail holds of it, in words."""
    with scopes_disabled():
        apart = Q(action__startswith="workspace.") | Q(action__startswith="member.") | Q(action__startswith="staff.")
        found = AuditEntry.objects.exclude(apart)
        return [deeds.predicate(entry) for entry in found.order_by("id")]


def adjustment(workspace: Workspace, dollars: str, **changes: str) -> dict[str, str]:
    return {
        "workspace": workspace.slug,
        "dollars": dollars,
        "reason": "An outage",
        "nonce": str(uuid.uuid4()),
    } | changes


def test_it_adds_and_takes_credit(desk: Client, staff: User, workspace: Workspace, balance: Callable[[], int]) -> None:
    form = adjustment(workspace, "12.50")
    for _ in range(2):
        assert desk.post(ADJUST, form).status_code == 302
    assert balance() == 12_500_000
    assert desk.post(ADJUST, adjustment(workspace, "-2.50")).status_code == 302
    assert balance() == 10_000_000
    with scope(workspace=workspace):
        rows = Transaction.objects.filter(kind="adjust").order_by("created_at")
        assert [(row.credit_micros, row.reason, row.made_by) for row in rows] == [
            (12_500_000, "An outage", staff),
            (-2_500_000, "An outage", staff),
        ]
        shown = desk.get(f"/admin/billing/transaction/{rows[0].pk}/change/")
    assert shown.status_code == 200
    assert said() == ["put the credit right by $12.50", "put the credit right by -$2.50"]


@pytest.mark.parametrize(
    "wrong",
    [{"dollars": d} for d in ("", "0", "x", "NaN", "1e99", "0.0000001", "-0.01", "1000000.01", "9" * 21)]
    + [
        {"reason": ""},
        {"reason": " "},
        {"reason": "x" * 201},
        {"workspace": ""},
        {"workspace": str(uuid.UUID(int=1))},
        {"nonce": "x"},
    ],
)
def test_it_refuses_a_wrong_adjustment(wrong: dict[str, str], desk: Client, workspace: Workspace) -> None:
    answer = desk.post(ADJUST, adjustment(workspace, "5") | wrong)
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    with scopes_disabled():
        assert not Transaction.objects.exists()


def test_it_moves_nothing_under_a_form_that_was_sent_with_something_else(
    desk: Client, workspace: Workspace, balance: Callable[[], int]
) -> None:
    form = adjustment(workspace, "5")
    desk.post(ADJUST, form)
    answer = desk.post(ADJUST, form | {"dollars": "6"})
    assert "Nothing was moved" in answer.content.decode()
    assert balance() == 5_000_000


def at(moment: Any) -> dict[str, str]:
    return {"valid_from_0": f"{moment:%Y-%m-%d}", "valid_from_1": f"{moment:%H:%M:%S}"}


def test_it_sets_a_price_for_now_or_later(desk: Client, staff: User) -> None:
    form = {"item": "quality", "reason": "Cheaper machines"}
    assert desk.post(PRICE, form | {"dollars": "0.06"}).status_code == 302
    tomorrow = timezone.now() + timedelta(days=1)
    assert desk.post(PRICE, form | {"dollars": "0.0525"} | at(tomorrow)).status_code == 302
    assert (prices.of("quality"), prices.of("speed")) == (60_000, 70_000)
    assert prices.of("quality", at=tomorrow + timedelta(minutes=1)) == 52_500
    assert prices.of("quality", at=timezone.now() - timedelta(hours=1)) == 70_000
    assert [price.set_by for price in Price.objects.all()] == [staff, staff]
    assert said()[0].startswith("set the price of a Quality image to $0.06 from ")
    shown = desk.get(PRICE).content.decode()
    assert "$0.06" in shown and "$0.0525" in shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"dollars": "0"},
        {"dollars": "-1"},
        {"dollars": ""},
        {"dollars": "x"},
        {"item": "bread"},
        {"reason": ""},
        at(timezone.now() - timedelta(days=1)),
        {"valid_from_0": "soon", "valid_from_1": "00:00"},
    ],
)
def test_it_refuses_a_wrong_price(wrong: dict[str, str], desk: Client) -> None:
    answer = desk.post(PRICE, {"item": "speed", "dollars": "0.05", "reason": "A test"} | wrong)
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert not Price.objects.exists()


def test_two_prices_never_begin_at_one_moment(desk: Client) -> None:
    form = {"item": "speed", "dollars": "0.05", "reason": "A test"} | at(timezone.now() + timedelta(days=1))
    assert [desk.post(PRICE, form).status_code for _ in range(2)] == [302, 422]


def test_prices_stay(desk: Client) -> None:
    desk.post(PRICE, {"item": "speed", "dollars": "0.05", "reason": "A test"})
    price = Price.objects.get()
    for what in ("change", "delete"):
        assert desk.post(f"/admin/billing/price/{price.pk}/{what}/", {"post": "yes", "reason": "x"}).status_code == 403
    with pytest.raises(DatabaseError, match="append-only"):
        Price.objects.update(micros=1)


def test_it_makes_codes_and_lets_them_end(desk: Client, staff: User) -> None:
    form = {"code": " spring-26 ", "dollars": "10", "credit_days": "90", "max_uses": "3", "reason": "A fair"}
    assert desk.post(CODE, form).status_code == 302
    assert desk.post(CODE, form | {"code": ""}).status_code == 302
    named, made_up = PromoCode.objects.order_by("pk")
    assert (named.code, named.amount_micros, named.max_uses, named.made_by) == ("SPRING-26", 10_000_000, 3, staff)
    assert len(made_up.code) == 14
    address = f"{CODE}/{named.pk}"
    assert desk.get(address).status_code == 200
    soon = timezone.now() + timedelta(days=1)
    ends = {"ends_at_0": f"{soon:%Y-%m-%d}", "ends_at_1": f"{soon:%H:%M:%S}"}
    assert desk.post(address, {"max_uses": "5", "code": "OTHER", "dollars": "99"} | ends).status_code == 302
    named.refresh_from_db()
    assert (named.code, named.amount_micros, named.max_uses) == ("SPRING-26", 10_000_000, 5)
    assert named.ends_at
    assert said()[0] == "made the promo code SPRING-26 for $10.00"


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "a b"},
        {"code": "X" * 41},
        {"code": "äöüß"},
        {"code": "taken"},
        {"dollars": "0"},
        {"credit_days": "0"},
        {"credit_days": "99999999999"},
        {"max_uses": "-1"},
        {"reason": ""},
        {"ends_at_0": "x", "ends_at_1": "y"},
    ],
)
def test_it_refuses_a_wrong_code(wrong: dict[str, str], desk: Client) -> None:
    PromoCode.objects.create(code="TAKEN", amount_micros=1, reason="there")
    form = {"code": "GOOD", "dollars": "10", "credit_days": "90", "max_uses": "", "reason": "A fair"} | wrong
    answer = desk.post(CODE, form)
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert PromoCode.objects.count() == 1


def test_it_grants_an_entitlement_and_ends_it(desk: Client, staff: User, workspace: Workspace) -> None:
    ends = timezone.now() + timedelta(days=1)
    when = {"ends_at_0": f"{ends:%Y-%m-%d}", "ends_at_1": f"{ends:%H:%M:%S}"}
    form = {"workspace": str(workspace.pk), "name": "pro_a_day", "amount": "50", "reason": "A film"} | when
    assert desk.post(ENTITLEMENT, form).status_code == 302
    assert desk.post(ENTITLEMENT, form | {"ends_at_0": "2001-01-01"}).status_code == 200
    with scope(workspace=workspace):
        given = EntitlementGrant.objects.get()
    assert (given.granted_by, given.amount) == (staff, 50)
    now = {"ends_at_0": f"{timezone.now():%Y-%m-%d}", "ends_at_1": f"{timezone.now() + timedelta(seconds=1):%H:%M:%S}"}
    assert desk.post(f"/admin/billing/entitlementgrant/{given.pk}/change/", form | now).status_code == 302
    assert said()[0] == f"gave the workspace Pro pictures a day until {ends:%Y-%m-%d}"
    assert said()[1].startswith("changed the grant of Pro pictures a day")
