"""A workspace of ten thousand: its pages are as quick and ask as little as those of a small one."""

import time
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope
from zeal import zeal_context

from accounts.models import Membership, User, Workspace

MANY = 10_000


@pytest.fixture
def crowd(workspace: Workspace) -> None:
    people = [User(email=f"person{n:05}@example.org", display_name=f"Person {n}", password="!") for n in range(MANY)]
    User.objects.bulk_create(people, batch_size=2000)
    rows = [Membership(workspace=workspace, user=person, role=Membership.Role.VIEWER) for person in people]
    with scope(workspace=workspace):
        Membership.objects.bulk_create(rows, batch_size=5000)
    # As the server does by itself a minute later; until then it plans for the few rows of before.
    with connection.cursor() as cursor:
        cursor.execute("analyze accounts_user, accounts_membership")


def test_pages_stay_quick_and_ask_no_more(
    watched: None, crowd: None, workspace: Workspace, alice: User, client_of: Callable[[User], Client]
) -> None:
    client, url = client_of(alice), reverse("accounts:members", args=[workspace.slug])
    client.get(url)
    for query in ({}, {"page": "200"}, {"q": "person 77"}, {"q": "nobody at all"}):
        began = time.monotonic()
        with zeal_context(), CaptureQueriesContext(connection) as asked:
            page = client.get(url, query)
        seconds = time.monotonic() - began
        print(f"{query}: {len(asked)} queries, {seconds * 1000:.0f} ms")
        assert page.status_code == 200
        assert len(asked) <= 8
        assert seconds < 2
    assert page.content.count(b'class="row-main"') == 0


def test_a_page_shows_fifty(crowd: None, alice: User, client_of: Callable[[User], Client]) -> None:
    page = client_of(alice).get(reverse("accounts:members", args=["atelier"])).content.decode()
    assert page.count('class="row-main"') == 50
    assert "10,002" in page
    # The owner first, whatever the names.
    assert page.index("alice@example.org</div>") < page.index("bob@example.org</div>")
