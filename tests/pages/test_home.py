"""The front door, and pages that say no."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.pages.conftest import PROMPT


def test_it_keeps_a_visitors_prompt_through_the_sign_up(db, client: Client) -> None:
    assert client.post("/", {"prompt": PROMPT}).headers["Location"] == reverse("account_signup")
    assert PROMPT in client.get(reverse("account_signup")).content.decode()
    client.post(reverse("account_signup"), {"email": "dora@example.org", "password1": "correct horse battery"})
    page = client.get("/", follow=True)
    assert page.redirect_chain[-1][0].endswith("/create")
    assert f">{PROMPT}</textarea>" in page.content.decode()


def test_it_leads_members_to_the_workspace_they_were_in(client_of, alice, workspace) -> None:
    client = client_of(alice)
    client.get(reverse("pages:create", args=[workspace.slug]))
    assert client.get("/").url == reverse("pages:create", args=[workspace.slug])
    assert client.get(reverse("pages:workspace", args=[workspace.slug])).url == client.get("/").url


def test_it_offers_every_workspace_in_the_rail(client_of, bob, workspace) -> None:
    from accounts.services import workspaces

    own = workspaces.personal(bob)
    page = client_of(bob).get(reverse("pages:create", args=[workspace.slug])).content.decode()
    assert reverse("pages:create", args=[own.slug]) in page
    assert "Atelier" in page


def test_it_compares_the_plans_for_everybody(db, client: Client, client_of, alice) -> None:
    for reader in (client, client_of(alice)):
        page = reader.get(reverse("pages:plans")).content.decode()
        for fact in (
            "<strong>$0</strong> <span>a month</span>",
            "<strong>$30</strong> <span>a month</span>",
            "<strong>$30</strong> <span>a seat a month</span>",
            "up to 40 generations",
            "$0.14",
            "4 times the share of Free",
            "1920\xa0×\xa01080",
        ):
            assert fact in page
        assert "Ask the people who run this site for it." in page, "there is no Stripe here"
    assert client.post(reverse("pages:plans")).status_code == 405


@pytest.mark.parametrize("theme", ["light", "system", "dark", '"><script>'])
def test_it_remembers_the_theme_and_takes_no_other(theme: str, db, client: Client) -> None:
    client.cookies["theme"] = theme
    page = client.get("/").content.decode()
    known = theme if theme in ("light", "system") else "dark"
    assert f'data-theme="{known}"' in page
    assert "<script>" not in page


def test_it_says_in_its_own_design_that_nothing_is_there(db, client: Client) -> None:
    answer = client.get("/nothing-here")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()


def test_it_refuses_a_forged_form_in_its_own_design(db) -> None:
    answer = Client(enforce_csrf_checks=True).post("/", {"prompt": PROMPT})
    assert answer.status_code == 403
    assert "This form is too old" in answer.content.decode()


@pytest.mark.parametrize("template", ["400.html", "403.html", "500.html"])
def test_it_can_say_what_went_wrong_without_a_request(template: str) -> None:
    from django.template.loader import render_to_string

    assert "Go to the studio" in render_to_string(template)


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "account_signup",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key_done",
        "account_email_verification_sent",
        "account_inactive",
    ],
)
def test_it_shows_the_account_pages_to_visitors_without_inline_code(name: str, db, client: Client) -> None:
    page = client.get(reverse(name)).content.decode()
    assert 'class="entry"' in page
    assert "style=" not in page
    assert "<style" not in page


@pytest.mark.parametrize("name", ["account_change_password", "account_email", "mfa_index", "usersessions_list"])
def test_it_shows_the_account_pages_in_the_frame_of_settings(name: str, client_of, alice) -> None:
    assert 'class="settings"' in client_of(alice).get(reverse(name)).content.decode()


def test_it_says_no_to_a_host_that_is_not_ours(db, client: Client) -> None:
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_it_names_the_field_of_a_failed_sign_up(db, client: Client) -> None:
    page = client.post(reverse("account_signup"), {"email": "not an address", "password1": "short"}).content.decode()
    assert 'aria-describedby="id_email_error"' in page
    assert 'value="not an address"' in page
    assert 'id="id_password1_error"' in page
