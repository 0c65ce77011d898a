"""Staff give back what a delivered picture cost."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django_scopes import scope, scopes_disabled

from accounts.models import AuditEntry, User
from billing import ledger
from generation.models import Generation


@pytest.fixture
def desk(studio: Any, client_of: Callable[[User], Client]) -> Client:
    return client_of(User.objects.create_superuser("staff@example.org"))


@pytest.fixture
def drawn(credit: None, ask: Callable[..., Generation], draw: Callable[..., None]) -> Generation:
    """Two pictures of 7 cents, delivered."""
    generation = ask(source="api", n=2)
    draw(generation)
    return generation


def test_it_refunds_one_picture_once(desk: Client, drawn: Generation, studio: Any, books: Callable[..., Any]) -> None:
    address = f"/admin/generation/generation/{drawn.pk}/refund/"
    assert address in desk.get(address.replace("refund", "change")).content.decode()
    assert "Picture 2 of 2, $0.07" in desk.get(address).content.decode()
    picture = drawn.pictures.get(index=1)
    assert books() == (860_000, 0)
    for said in ("$0.07 went back.", "This picture was refunded before."):
        answer = desk.post(address, {"picture": str(picture.pk), "reason": "It had six fingers"}, follow=True)
        assert said in answer.content.decode()
        assert books() == (930_000, 0)
    with scopes_disabled():
        assert AuditEntry.objects.get(action="picture.refunded").detail["reason"] == "It had six fingers"


def test_it_says_what_is_wrong(desk: Client, drawn: Generation, ask: Any, draw: Any, books: Any) -> None:
    free = ask(source="page", n=1)
    draw(free)
    address = f"/admin/generation/generation/{drawn.pk}/refund/"
    mine, other = drawn.pictures.get(index=0), free.pictures.get()
    for form in (
        {"picture": str(mine.pk)},
        {"picture": str(other.pk), "reason": "x"},
        {"picture": "x", "reason": "x"},
        {},
    ):
        answer = desk.post(address, form)
        assert answer.status_code == 200
    uncharged = desk.post(address.replace(str(drawn.pk), str(free.pk)), {"picture": str(other.pk), "reason": "x"})
    assert "was not charged" in uncharged.content.decode()
    assert desk.get(address.replace(str(drawn.pk), "nothing")).status_code == 404
    assert books() == (860_000, 0)


def test_the_statement_says_what_a_request_was_for(drawn: Generation, studio: Any, client_of: Any, alice: Any) -> None:
    with scope(workspace=studio):
        ledger.refund(workspace=studio, hold=str(drawn.pk), part="0", reason="Blurred")
    page = client_of(alice).get(f"/w/{studio.slug}/billing/statement").content.decode()
    assert "Speed, by API" in page
    assert "2 delivered" in page
    assert "Blurred" in page
    assert drawn.prompt not in page
