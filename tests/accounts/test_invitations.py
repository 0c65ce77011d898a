"""Invitations by mail and by link: to whom they open, and when they no longer do."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import Invitation, User, Workspace
from accounts.permissions import Role, role_of
from accounts.services import invitations, members, workspaces
from accounts.services.rights import Refused

ClientOf = Callable[[User], Client]


def page_of(token: str) -> str:
    return reverse("accounts:invite", args=[token])


@pytest.fixture
def link(workspace: Workspace, alice: User) -> Callable[..., str]:
    """`link(role="viewer")` is the token of a new link of Alice's."""

    def make(**options: Any) -> str:
        values: dict[str, Any] = {"workspace": workspace, "actor": alice, "role": Role.MEMBER} | options
        return invitations.by_link(**values)[1]

    return make


@pytest.fixture
def mailed(workspace: Workspace, alice: User) -> Callable[[str], str]:
    """`mailed(address)` invites by mail; the token is what stands in the mail."""

    def invite(email: str) -> str:
        invitations.by_mail(workspace=workspace, actor=alice, email=email, role=Role.MEMBER)
        found = re.search(r"/invite/(\S+)", str(mail.outbox[-1].body))
        assert found
        return found[1]

    return invite


def test_a_link_lets_in_as_many_as_it_is_for(link: Callable[..., str], charlie: User, workspace: Workspace,
                                             client_of: ClientOf, alice: User) -> None:  # fmt: skip
    token = link(role=Role.VIEWER)
    client = client_of(charlie)
    assert "as viewer" in client.get(page_of(token)).content.decode()
    assert client.post(page_of(token)).headers["Location"] == "/w/atelier/create"
    assert role_of(charlie, workspace) == Role.VIEWER
    members.remove(workspace=workspace, actor=alice, person=charlie)
    assert client.post(page_of(token)).status_code == 404
    assert role_of(charlie, workspace) is None


def test_only_the_hash_is_stored(link: Callable[..., str]) -> None:
    token = link()
    with scopes_disabled():
        row = Invitation.objects.get()
        assert token not in str(vars(row))


def test_a_member_who_follows_a_link_stays_what_they_are(
    link: Callable[..., str], bob: User, workspace: Workspace, client_of: ClientOf
) -> None:
    token = link(role=Role.ADMIN)
    assert client_of(bob).post(page_of(token)).status_code == 302
    assert role_of(bob, workspace) == Role.MEMBER
    with scopes_disabled():
        assert Invitation.objects.get().uses == 0


def spoil(invitation: Invitation, how: str) -> None:
    changes: dict[str, dict[str, Any]] = {
        "expired": {"expires_at": timezone.now() - timedelta(seconds=1)},
        "used": {"uses": 1},
        "revoked": {"revoked_at": timezone.now()},
        "maker gone": {"created_by": None},
    }
    with scopes_disabled():
        Invitation.objects.filter(pk=invitation.pk).update(**changes[how])


@pytest.mark.parametrize("how", ["expired", "used", "revoked", "maker gone"])
def test_what_no_longer_holds_is_answered_like_what_never_was(
    how: str, workspace: Workspace, alice: User, charlie: User, client_of: ClientOf
) -> None:
    invitation, token = invitations.by_link(workspace=workspace, actor=alice, role=Role.MEMBER)
    spoil(invitation, how)
    client = client_of(charlie)
    gone, unknown = client.get(page_of(token)), client.get(page_of("x" * 43))
    assert gone.status_code == unknown.status_code == 404
    assert gone.content == unknown.content
    assert b"Atelier" not in gone.content
    assert client.post(page_of(token)).status_code == 404
    with pytest.raises(invitations.Invalid):
        invitations.accept(invitation=invitation, person=charlie)


@pytest.mark.parametrize("tampered", ["", "==", "\N{SNOWMAN}", "%00", "a" * 4000])
def test_tampered_tokens_open_nothing(tampered: str, link: Callable[..., str], client_of: ClientOf,
                                      charlie: User) -> None:  # fmt: skip
    token = link()[:-1] + tampered if tampered else link().swapcase()
    assert client_of(charlie).get(page_of(token)).status_code == 404


def test_an_invitation_ends_with_the_right_of_its_maker(
    workspace: Workspace, alice: User, charlie: User, join: Callable[..., User]
) -> None:
    ada = join("ada", Role.ADMIN)
    invitation, token = invitations.by_link(workspace=workspace, actor=ada, role=Role.ADMIN)
    members.change_role(workspace=workspace, actor=alice, person=ada, role=Role.MEMBER)
    with pytest.raises(invitations.Invalid):
        invitations.of_token(token)
    members.remove(workspace=workspace, actor=alice, person=ada)
    with pytest.raises(invitations.Invalid):
        invitations.accept(invitation=invitation, person=charlie)


@pytest.mark.parametrize(("role", "offers"), [("admin", "owner"), ("member", "viewer"), ("viewer", "viewer")])
def test_nobody_invites_above_themselves(
    role: str, offers: str, workspace: Workspace, join: Callable[..., User]
) -> None:
    with pytest.raises(PermissionDenied):
        invitations.by_link(workspace=workspace, actor=join("mia", role), role=offers)


def test_nobody_is_invited_to_a_personal_workspace(alice: User) -> None:
    with pytest.raises(Refused, match="team workspace"):
        invitations.by_link(workspace=workspaces.personal(alice), actor=alice, role=Role.MEMBER)


def test_a_mail_says_who_invites_to_what(mailed: Callable[[str], str]) -> None:
    token = mailed("Dora@Example.org")
    (sent,) = mail.outbox
    assert sent.to == ["dora@example.org"]
    assert sent.subject == "Alice invites you to Atelier on Aurora"
    html = sent.alternatives[0][0]  # type: ignore[attr-defined]
    assert f"/invite/{token}" in str(html)


def test_a_mailed_invitation_is_for_its_confirmed_address_alone(
    mailed: Callable[[str], str], charlie: User, bob: User, workspace: Workspace, client_of: ClientOf,
    confirm: Callable[..., None]
) -> None:  # fmt: skip
    token = mailed("charlie@example.org")
    client = client_of(charlie)
    unconfirmed = client.post(page_of(token))
    assert unconfirmed.status_code == 403
    assert "Confirm first" in unconfirmed.content.decode()
    confirm(charlie)
    assert client.post(page_of(token)).status_code == 302
    assert role_of(charlie, workspace) == Role.MEMBER


def test_it_tells_somebody_else_whose_it_is(
    mailed: Callable[[str], str], charlie: User, client_of: ClientOf, confirm: Callable[..., None], workspace: Workspace
) -> None:
    token = mailed("dora@work.example")
    confirm(charlie)
    answer = client_of(charlie).post(page_of(token))
    assert answer.status_code == 403
    assert "sent to do…@work.example" in answer.content.decode()
    assert role_of(charlie, workspace) is None


def test_a_visitor_is_sent_to_sign_up_and_comes_back(mailed: Callable[[str], str]) -> None:
    token = mailed("dora@example.org")
    page = Client().get(page_of(token))
    assert f"/accounts/signup/?next=%2Finvite%2F{token}" in page.content.decode()
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in page.headers["Cache-Control"]


def test_mail_that_cannot_be_sent_invites_nobody(
    workspace: Workspace, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", fail)
    with pytest.raises(Refused, match="could not be sent"):
        invitations.by_mail(workspace=workspace, actor=alice, email="dora@example.org", role=Role.MEMBER)
    assert invitations.open_ones(workspace=workspace) == []


def test_it_sends_no_second_one_and_none_to_members(
    mailed: Callable[[str], str], bob: User, confirm: Callable[..., None]
) -> None:
    mailed("dora@example.org")
    confirm(bob)
    for email, words in [("dora@example.org", "open invitation"), ("bob@example.org", "member already")]:
        with pytest.raises(Refused, match=words):
            mailed(email)


def test_a_member_who_only_claims_an_address_keeps_nobody_out(
    mailed: Callable[[str], str], bob: User, workspace: Workspace
) -> None:
    assert mailed(bob.email)


def test_it_does_not_flood(mailed: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitations, "MAILS_AN_HOUR", 1)
    mailed("dora@example.org")
    with pytest.raises(Refused, match="last hour"):
        mailed("emil@example.org")


def test_a_name_with_line_ends_breaks_no_mail(alice: User) -> None:
    odd = workspaces.create_workspace(name="Line\nBcc: x@example.org", owner=alice)
    invitations.by_mail(workspace=odd, actor=alice, email="dora@example.org", role=Role.MEMBER)
    assert "\n" not in mail.outbox[0].subject


def test_the_page_makes_shows_once_and_revokes(client_of: ClientOf, alice: User, workspace: Workspace) -> None:
    client, url = client_of(alice), reverse("accounts:invitations", args=["atelier"])
    made = client.post(f"{url}link", {"role": "member", "days": "7", "max_uses": "any"})
    assert made.status_code == 201
    found = re.search(r"/invite/([\w-]{43})", made.content.decode())
    assert found
    again = client.get(url).content.decode()
    assert found[1] not in again
    (row,) = invitations.open_ones(workspace=workspace)
    assert row.max_uses is None
    assert client.post(reverse("accounts:revoke_invitation", args=["atelier", row.pk])).status_code == 302
    assert invitations.open_ones(workspace=workspace) == []


BAD = [
    ({"email": "nonsense"}, 422),
    ({"role": "owner"}, 422),
    ({"role": ""}, 422),
    ({"days": "3650"}, 422),
    ({"email": "a\r\nBcc: b@example.org"}, 422),
]


@pytest.mark.parametrize(("wrong", "status"), BAD)
def test_the_page_says_what_is_wrong(
    wrong: dict[str, str], status: int, client_of: ClientOf, alice: User, workspace: Workspace
) -> None:
    given = {"email": "dora@example.org", "role": "member", "days": "7"} | wrong
    answer = client_of(alice).post(reverse("accounts:invite_by_mail", args=["atelier"]), given)
    assert answer.status_code == status
    assert "errorlist" in answer.content.decode()
    assert mail.outbox == []


def test_it_is_for_those_who_may_invite(
    client_of: ClientOf, bob: User, charlie: User, workspace: Workspace, link: Callable[..., str]
) -> None:
    link()
    with scope(workspace=workspace):
        pk = Invitation.objects.get().pk
    urls = [
        reverse(f"accounts:{name}", args=["atelier", *more])
        for name, more in [
            ("invitations", []),
            ("invite_by_mail", []),
            ("invite_by_link", []),
            ("join_domain", []),
            ("revoke_invitation", [pk]),
        ]
    ]
    for url in urls:
        for person, status in ((bob, 403), (charlie, 404)):
            client = client_of(person)
            answer = client.get(url) if url.endswith("invitations/") else client.post(url, {"role": "member"})
            assert answer.status_code == status
    own = workspaces.found_team(name="Own", owner=charlie)
    assert client_of(charlie).post(reverse("accounts:revoke_invitation", args=[own.slug, pk])).status_code == 404


def test_it_waits_under_workspaces_for_the_confirmed_address(
    mailed: Callable[[str], str], charlie: User, bob: User, client_of: ClientOf, confirm: Callable[..., None],
    workspace: Workspace
) -> None:  # fmt: skip
    mailed("charlie@example.org")
    client, url = client_of(charlie), reverse("accounts:workspaces")
    assert "Atelier" not in client.get(url).content.decode()
    with scopes_disabled():
        pk = Invitation.objects.get().pk
    accept = reverse("accounts:accept_invitation", args=[pk])
    assert client.post(accept).status_code == 404
    confirm(charlie)
    assert "Atelier" in client.get(url).content.decode()
    assert client_of(bob).post(accept).status_code == 404
    assert client.post(accept).status_code == 302
    assert role_of(charlie, workspace) == Role.MEMBER


def test_the_list_asks_as_often_for_many_as_for_few(link: Callable[..., str], client_of: ClientOf, alice: User) -> None:
    client, url = client_of(alice), reverse("accounts:invitations", args=["atelier"])
    link()
    client.get(url)  # what the site announces is remembered for a while
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for _ in range(5):
        link()
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert len(many) == len(few)


def test_logging_out_leads_back_to_the_invitation(
    mailed: Callable[[str], str], charlie: User, confirm: Callable[..., None], client_of: ClientOf
) -> None:
    confirm(charlie)
    url, client = page_of(mailed("dora@work.example")), client_of(charlie)
    found = re.search(r'action="(/accounts/logout/\?next=[^"]+)"', client.get(url).content.decode())
    assert found
    assert client.post(found[1]).headers["Location"] == url
