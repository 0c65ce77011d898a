"""The developer's welcome gift: $25.00 for a new developer workspace, once a person and once a workspace.

Whoever makes a workspace's first API key brings it, once their address is known to be theirs: when the key is made, or
later when they prove the address.
"""

from enum import StrEnum
from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q
from django_scopes import scope, scopes_disabled

from accounts.models import ApiKey, User, Workspace
from accounts.services import audit
from billing import ledger
from billing.models import Account, Transaction
from billing.prices import WELCOME_MICROS

Source = Account.Source


class State(StrEnum):
    """How the gift stands for a workspace and one of its people."""

    NONE = "none"
    OFFERED = "offered"
    UNPROVED = "unproved"


def on_api_key(sender: type[ApiKey], *, api_key: ApiKey, **_: Any) -> None:
    """Runs in the transaction that makes the key."""
    give(workspace=api_key.workspace, person=api_key.created_by)


def on_email_confirmed(sender: Any, *, email_address: EmailAddress, **_: Any) -> None:
    """What waited for the proof is given now: to the first of their workspaces that has an API key of theirs."""
    person = email_address.user
    with scopes_disabled():
        rows = ApiKey.objects.filter(created_by=person).select_related("workspace").order_by("created_at", "pk")
        keys = list(rows.filter(workspace__deleted_at=None))
    for workspace in dict.fromkeys(key.workspace for key in keys):
        if give(workspace=workspace, person=person):
            return


@transaction.atomic
def give(*, workspace: Workspace, person: User) -> bool:
    """Credit the gift where it is due; False where it is not, or not yet."""
    # The lock makes two keys that are made at once agree on one gift.
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not _made_first_key(workspace, person) or _had(workspace, person) or not is_known(person):
        return False
    with scope(workspace=workspace):
        ledger.grant(workspace=workspace, key=_key(person), amount_micros=WELCOME_MICROS, source=Source.WELCOME)
        audit.record("credit.granted", workspace=workspace, actor=person, micros=WELCOME_MICROS)
    return True


def state(*, workspace: Workspace, person: User) -> State:
    """What the pages say to this person about the gift."""
    with scopes_disabled():
        has_keys = ApiKey.objects.filter(workspace=workspace).exists()
    if (has_keys and not _made_first_key(workspace, person)) or _had(workspace, person):
        return State.NONE
    if is_known(person):
        return State.NONE if has_keys else State.OFFERED
    return State.UNPROVED


def is_known(person: User) -> bool:
    """Whether the address is known to be theirs: by a mailed link, or as the operator made the account with it.

    A sign-up writes the claim of its address down at once, so where nobody claims it, it was no sign-up.
    """
    if person.has_proved(person.email):
        return True
    claimed = EmailAddress.objects.filter(Q(user=person) | Q(email=person.email))
    return bool(person.email) and not claimed.exists()


def _made_first_key(workspace: Workspace, person: User) -> bool:
    with scopes_disabled():
        first = ApiKey.objects.filter(workspace=workspace).order_by("created_at", "pk").first()
    return first is not None and first.created_by_id == person.pk


def _had(workspace: Workspace, person: User) -> bool:
    """By the person anywhere, or by the workspace from anybody."""
    with scopes_disabled():
        of_person = Transaction.objects.filter(key=_key(person)).exists()
        return of_person or Account.objects.filter(workspace=workspace, source=Source.WELCOME).exists()


def _key(person: User) -> str:
    return f"welcome:{person.pk}"
