"""Adjustments have four eyes above $100, by the service and by the database itself."""

import uuid
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django_scopes import scope, scopes_disabled

from accounts.models import AuditEntry, User, Workspace
from billing import ledger
from billing.models import Adjustment

PLACE = "/admin/panel/money/adjustments"


def form(workspace: Workspace, dollars: str, **changes: str) -> dict[str, str]:
    return {
        "workspace": workspace.slug,
        "dollars": dollars,
        "reason": "An outage",
        "nonce": str(uuid.uuid4()),
    } | changes


@pytest.fixture
def balance(workspace: Workspace) -> Callable[[], int]:
    def look() -> int:
        with scope(workspace=workspace):
            return ledger.balance(workspace=workspace)

    return look


def only() -> Adjustment:
    with scopes_disabled():
        return Adjustment.objects.get()


def test_up_to_a_hundred_it_moves_at_once(
    desk_of: Callable[..., Client], workspace: Workspace, balance: Callable[[], int]
) -> None:
    sent = form(workspace, "100")
    desk = desk_of("finance")
    for _ in range(2):
        assert desk.post(PLACE, sent).status_code == 302
    assert balance() == 100_000_000
    assert only().state == "at_once"
    assert desk.post(PLACE, sent | {"dollars": "5"}).status_code == 422


def test_above_it_waits_for_a_colleague(
    desk_of: Callable[..., Client], workspace: Workspace, balance: Callable[[], int]
) -> None:
    asker, colleague = desk_of("finance", "ann"), desk_of("finance", "ben")
    assert asker.post(PLACE, form(workspace, "100.01")).status_code == 302
    assert balance() == 0
    row = only()
    assert "Approve" not in asker.get(PLACE).content.decode()
    assert "somebody else decides" in asker.get(PLACE).content.decode()
    answer = asker.post(f"{PLACE}/{row.pk}/approve", follow=True)
    assert "Somebody else has to decide" in answer.content.decode()
    assert balance() == 0
    for _ in range(2):
        colleague.post(f"{PLACE}/{row.pk}/approve")
    assert balance() == 100_010_000
    assert colleague.post(f"{PLACE}/{row.pk}/refuse", follow=True).status_code == 200
    assert only().state == "approved"
    with scopes_disabled():
        told = set(AuditEntry.objects.values_list("action", "actor__email"))
    assert {("adjustment.asked", "ann@staff.example.org"), ("adjustment.approved", "ben@staff.example.org")} <= told


def test_halves_of_a_day_count_together(
    desk_of: Callable[..., Client], workspace: Workspace, balance: Callable[[], int]
) -> None:
    desk = desk_of("finance")
    for dollars in ("60", "-20", "60"):
        assert desk.post(PLACE, form(workspace, dollars)).status_code == 302
    assert balance() == 40_000_000


def test_refused_it_moves_nothing(
    desk_of: Callable[..., Client], workspace: Workspace, balance: Callable[[], int]
) -> None:
    desk_of("finance", "ann").post(PLACE, form(workspace, "5000"))
    desk_of("", "root").post(f"{PLACE}/{only().pk}/refuse")
    assert (balance(), only().state) == (0, "refused")


def test_no_more_is_taken_than_is_there(desk_of: Callable[..., Client], workspace: Workspace) -> None:
    answer = desk_of("finance").post(PLACE, form(workspace, "-0.01"))
    assert answer.status_code == 422
    assert "Only $0.00 can be taken away" in answer.content.decode()
    with scopes_disabled():
        assert not Adjustment.objects.exists()


@pytest.fixture
def asked(desk_of: Callable[..., Client], staff_of: Callable[..., User], workspace: Workspace) -> Adjustment:
    desk_of("finance", "ann").post(PLACE, form(workspace, "500"))
    return only()


def test_the_database_refuses_the_same_person(asked: Adjustment) -> None:
    with scopes_disabled(), pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        Adjustment.objects.update(state="approved", decided_by=asked.asked_by_id)
    with scopes_disabled(), pytest.raises(IntegrityError, match="is_decided"), transaction.atomic():
        Adjustment.objects.update(state="at_once")


@pytest.mark.parametrize("change", [{"micros": 1}, {"reason": "x"}, {"asked_by": None}])
def test_the_database_keeps_what_was_asked(
    change: dict[str, object], asked: Adjustment, staff_of: Callable[..., User]
) -> None:
    change = {"asked_by": staff_of("finance", "ben")} if "asked_by" in change else change
    with scopes_disabled(), pytest.raises(DatabaseError, match="decided once"), transaction.atomic():
        Adjustment.objects.update(**change)
    with scopes_disabled(), pytest.raises(DatabaseError, match="are kept"), transaction.atomic():
        Adjustment.objects.all().delete()
