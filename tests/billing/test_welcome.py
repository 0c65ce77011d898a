from allauth.account.models import EmailAddress, get_emailconfirmation_model
from allauth.account.signals import email_confirmed
from django_scopes import scope, scopes_disabled

from accounts.models import User, Workspace
from accounts.services import api_keys, workspaces
from billing import ledger
from billing.models import Account
from billing.services import welcome

GIFT = 25_000_000


def balance(workspace: Workspace) -> int:
    with scope(workspace=workspace):
        return ledger.balance(workspace=workspace)


def make_key(workspace: Workspace, person: User) -> None:
    api_keys.create(workspace=workspace, name="key", created_by=person)


def claim(person: User) -> EmailAddress:
    """As a sign-up does: the address is only claimed."""
    return EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=False)


def prove(address: EmailAddress) -> None:
    EmailAddress.objects.filter(pk=address.pk).update(verified=True)
    email_confirmed.send(EmailAddress, request=None, email_address=address)


def test_it_gives_25_dollars_with_the_first_key(workspace: Workspace, alice: User) -> None:
    make_key(workspace, alice)
    assert balance(workspace) == GIFT
    with scopes_disabled():
        assert Account.objects.get(kind="gift").source == "welcome"


def test_it_gives_nothing_with_the_second(workspace: Workspace, alice: User, bob: User) -> None:
    for person in (alice, alice, bob):
        make_key(workspace, person)
    assert balance(workspace) == GIFT


def test_it_gives_a_person_nothing_in_a_second_workspace(workspace: Workspace, alice: User) -> None:
    make_key(workspace, alice)
    own = workspaces.personal(alice)
    make_key(own, alice)
    assert (balance(workspace), balance(own)) == (GIFT, 0)


def test_it_waits_for_the_address_to_be_proved(workspace: Workspace, alice: User) -> None:
    address = claim(alice)
    make_key(workspace, alice)
    assert balance(workspace) == 0
    assert welcome.state(workspace=workspace, person=alice) == welcome.State.UNPROVED
    for _ in range(2):
        prove(address)
    assert balance(workspace) == GIFT
    assert welcome.state(workspace=workspace, person=alice) == welcome.State.NONE


def test_it_comes_with_the_mailed_link(workspace: Workspace, alice: User, client_of) -> None:
    address = claim(alice)
    make_key(workspace, alice)
    link = get_emailconfirmation_model().create(address)
    client_of(alice).post(f"/accounts/confirm-email/{link.key}/")
    assert balance(workspace) == GIFT


def test_it_gives_one_workspace_alone_when_the_address_is_proved(workspace: Workspace, alice: User) -> None:
    address, own = claim(alice), workspaces.personal(alice)
    for place in (own, workspace):
        make_key(place, alice)
    prove(address)
    assert (balance(own), balance(workspace)) == (GIFT, 0)


def test_it_brings_nothing_to_whose_first_key_was_anothers(workspace: Workspace, alice: User, bob: User) -> None:
    make_key(workspace, alice)
    address = claim(bob)
    make_key(workspace, bob)
    prove(address)
    assert balance(workspace) == GIFT
    assert welcome.state(workspace=workspace, person=bob) == welcome.State.NONE


def test_it_is_not_had_by_claiming_the_address_of_somebody_else(workspace: Workspace, alice: User, bob: User) -> None:
    EmailAddress.objects.create(user=bob, email=alice.email, verified=True)
    make_key(workspace, alice)
    assert balance(workspace) == 0


def test_the_page_of_keys_says_what_to_do_for_it(workspace: Workspace, alice: User, client_of) -> None:
    page = f"/w/{workspace.slug}/keys/"
    assert "brings the workspace $25.00" in client_of(alice).get(page).content.decode()
    claim(alice)
    assert "Verify your address" in client_of(alice).get(page).content.decode()
