from typing import Any

import pytest
import stripe as sdk
from django.test import Client
from django_scopes import scopes_disabled

from billing.models import Purchase
from billing.services import checkout
from tests.billing.conftest import FAILS_LATER, pay
from tests.fakestripe.control import Fake

SUPER = {"plan": "super", "interval": "month"}


@pytest.fixture
def browser(alice, fresh) -> Client:
    made: Client = fresh(alice)
    return made


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_it_leads_from_the_plans_to_the_checkout_and_back(browser: Client, alone, stripe: Fake) -> None:
    page = text(browser.get("/plans"))
    assert f"For <strong>{alone.name}</strong>" in page
    assert page.index("The plan you have") < page.index("Choose Super") < page.index("Choose Team")
    away = browser.post(f"/w/{alone.slug}/billing/choose", SUPER)
    assert away.status_code == 302
    assert away["Location"].startswith(f"{stripe.url}/checkout/")
    session = pay(stripe, away["Location"])
    back = browser.get(f"/w/{alone.slug}/billing/done?session={session}", follow=True)
    assert f"{alone.name} is on the plan Super now" in text(back)
    assert "$30 a month. The next payment is on" in text(back)
    assert "PDF" in text(back)
    again = browser.post(f"/w/{alone.slug}/billing/choose", {"plan": "team", "interval": "year"})
    assert again["Location"] == f"/w/{alone.slug}/billing/change?plan=team&interval=year"
    change = text(browser.get(again["Location"]))
    assert "Super, $30 a month" in change
    assert "Team, $300 a year, for 1 seat" in change
    changed = browser.post(again["Location"], {"plan": "team", "interval": "year"}, follow=True)
    assert "The plan is Team now." in text(changed)
    assert "1 seat paid, 1 member" in text(changed)


def test_it_shows_two_months_free(db: None, client: Client) -> None:
    page = text(client.get("/plans?interval=year"))
    assert "$300 a year, two months free" in page
    assert "<strong>$25</strong>" in page


def test_it_sells_super_to_one_person_alone(browser: Client, workspace, stripe: Fake) -> None:
    page = text(browser.get(f"/plans?workspace={workspace.slug}"))
    assert "For one person. Atelier has 2 members." in page
    assert "Choose Super" not in page
    answer = browser.post(f"/w/{workspace.slug}/billing/choose", SUPER, follow=True)
    assert "Super is for one person, and this workspace has 2 members. Choose Team." in text(answer)


def test_it_lets_owners_pay_alone(workspace, bob, client_of, stripe: Fake) -> None:
    page = text(client_of(bob).get(f"/plans?workspace={workspace.slug}"))
    assert "An owner of Atelier can choose it." in page
    assert client_of(bob).post(f"/w/{workspace.slug}/billing/choose", SUPER).status_code == 403
    assert client_of(bob).get(f"/w/{workspace.slug}/billing/").status_code == 403


def test_it_asks_once_more_who_it_is(workspace, alice, client_of, stripe: Fake) -> None:
    answer = client_of(alice).post(f"/w/{workspace.slug}/billing/choose", {"plan": "team"})
    assert "/accounts/reauthenticate/" in answer["Location"]
    with scopes_disabled():
        assert not Purchase.objects.exists()


@pytest.mark.parametrize("sent", [{}, {"plan": "free"}, {"plan": "super", "interval": "week"}, {"plan": "x" * 5000}])
def test_it_knows_no_other_plans(sent: dict[str, str], browser: Client, alone, stripe: Fake) -> None:
    assert browser.post(f"/w/{alone.slug}/billing/choose", sent).status_code == 400


def test_it_finds_no_checkout_of_another_workspace(browser: Client, alone, workspace, alice, stripe: Fake) -> None:
    url = checkout.subscribe(workspace=alone, person=alice, plan="super", interval="month")
    session = pay(stripe, url)
    assert browser.get(f"/w/{workspace.slug}/billing/done?session={session}").status_code == 404
    for query in ("", "?session=", "?session=%00", f"?session={'x' * 5000}"):
        assert browser.get(f"/w/{workspace.slug}/billing/done{query}").status_code == 404


def test_it_says_when_stripe_does_not_answer(browser: Client, alone, stripe: Fake, monkeypatch) -> None:
    def away(**_: Any) -> str:
        raise sdk.APIConnectionError("away")  # type: ignore[no-untyped-call]

    monkeypatch.setattr(checkout, "subscribe", away)
    answer = browser.post(f"/w/{alone.slug}/billing/choose", SUPER, follow=True)
    assert "The payment service does not answer at the moment. Nothing was charged" in text(answer)


def test_it_says_that_nothing_is_sold_without_a_stripe(browser: Client, alone, settings) -> None:
    settings.STRIPE_SECRET_KEY = ""
    assert "Ask the people who run this site for it." in text(browser.get("/plans"))
    assert "Plans cannot be bought on this site." in text(browser.get(f"/w/{alone.slug}/billing/"))
    answer = browser.post(f"/w/{alone.slug}/billing/choose", SUPER, follow=True)
    assert "Plans cannot be bought on this site." in text(answer)


def test_it_leads_to_the_portal_and_keeps_a_canceled_plan_to_its_end(
    browser: Client, alone, alice, stripe, buy
) -> None:
    buy(alone, alice)
    away = browser.post(f"/w/{alone.slug}/billing/portal")
    assert away["Location"].startswith(f"{stripe.url}/")
    one = stripe.client().v1.subscriptions.list().data[0]
    stripe.client().v1.subscriptions.update(one.id, {"cancel_at_period_end": True})
    back = text(browser.get(f"/w/{alone.slug}/billing/back", follow=True))
    assert "Super was canceled and stays open until" in back
    assert "Keep the plan" in back


def test_it_tells_members_that_the_plan_ends(workspace, alice, bob, client_of, stripe: Fake, buy) -> None:
    buy(workspace, alice, "team", card=FAILS_LATER)
    stripe.advance(days=32)
    from billing.services import subscriptions

    subscriptions.read(workspace)
    page = text(client_of(bob).get(f"/w/{workspace.slug}/create"))
    assert "A payment for the plan Team failed" in page
    assert "Ask an owner to pay." in page
    assert "Change the card" not in page


def test_it_ends_what_a_deleted_workspace_pays(alone, alice, stripe: Fake, buy) -> None:
    from billing.services import customers

    buy(alone, alice)
    customers.forget(alone)
    customers.forget(alone)
    assert [one.status for one in stripe.client().v1.subscriptions.list({"status": "all"}).data] == ["canceled"]
