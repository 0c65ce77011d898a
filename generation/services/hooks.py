"""The webhooks of a workspace: made, changed, given new secrets, turned on and off, tried out.

Whoever may look after its API keys may do all of this.
"""

import base64
import secrets
from collections.abc import Iterable
from datetime import timedelta

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import seals
from accounts.models import User, Workspace
from accounts.permissions import Action
from accounts.services import audit, rights
from generation import fetch
from generation.models import Delivery, Hook

MOST = 10
"""Webhooks of a workspace."""

OVERLAPS = (0, 1, 24)
"""Hours for which the old secret may go on signing after a rotation."""

PREFIX = "whsec_"
PURPOSE = "generation.hooks"


class Refused(Exception):
    """It cannot be done; `field` says what of the form is in the way, "" for none."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def create(
    *, workspace: Workspace, actor: User, url: str, events: Iterable[str], with_prompt: bool = False
) -> tuple[Hook, str]:
    """A new webhook, and its secret, which cannot be shown again. Raises Refused and PermissionDenied."""
    rights.demand(actor, Action.MANAGE_KEYS, workspace)
    _check(url)
    # The lock makes two that are made at once count each other.
    rights.hold(workspace)
    if Hook.objects.filter(workspace=workspace).count() >= MOST:
        raise Refused(f"A workspace has at most {MOST} webhooks. Delete one that you no longer need.")
    secret = _new_secret()
    hook = Hook.objects.create(
        workspace=workspace,
        url=url,
        events=list(events),
        with_prompt=with_prompt,
        sealed_secret=_seal(secret),
        created_by=actor,
    )
    _record("created", hook, actor, events=" ".join(hook.events), with_prompt=with_prompt)
    return hook, secret


@transaction.atomic
def change(*, hook: Hook, actor: User, url: str, events: Iterable[str], with_prompt: bool) -> Hook:
    """Another address, other events. Raises Refused and PermissionDenied."""
    rights.demand(actor, Action.MANAGE_KEYS, hook.workspace)
    if url != hook.url:
        _check(url)
    row = _locked(hook)
    row.url, row.events, row.with_prompt = url, list(events), with_prompt
    row.save(update_fields=["url", "events", "with_prompt"])
    _record("changed", row, actor, events=" ".join(row.events), with_prompt=with_prompt)
    return row


@transaction.atomic
def rotate(*, hook: Hook, actor: User, overlap_hours: int) -> tuple[Hook, str]:
    """A new secret; the one it has signs too for `overlap_hours` more, one of OVERLAPS. Raises PermissionDenied."""
    rights.demand(actor, Action.MANAGE_KEYS, hook.workspace)
    if overlap_hours not in OVERLAPS:
        raise ValueError(f"{overlap_hours} is none of {OVERLAPS}")
    row, secret = _locked(hook), _new_secret()
    row.sealed_previous = row.sealed_secret if overlap_hours else ""
    row.previous_until = timezone.now() + timedelta(hours=overlap_hours) if overlap_hours else None
    row.sealed_secret = _seal(secret)
    row.save(update_fields=["sealed_secret", "sealed_previous", "previous_until"])
    _record("rotated", row, actor, overlap_hours=overlap_hours)
    return row, secret


@transaction.atomic
def switch(*, hook: Hook, actor: User, is_on: bool) -> Hook:
    """Turn it on or off; what waited while it was off is sent then. Raises PermissionDenied."""
    rights.demand(actor, Action.MANAGE_KEYS, hook.workspace)
    row = _locked(hook)
    if row.is_on != is_on:
        row.is_on, row.failures, row.failing_since, row.turned_off_at = is_on, 0, None, None
        row.save(update_fields=["is_on", "failures", "failing_since", "turned_off_at"])
        _record("turned_on" if is_on else "turned_off", row, actor)
    return row


@transaction.atomic
def delete(*, hook: Hook, actor: User) -> None:
    """For good, with the list of its deliveries. Raises PermissionDenied."""
    rights.demand(actor, Action.MANAGE_KEYS, hook.workspace)
    _record("deleted", hook, actor)
    hook.delete()


def of(workspace: Workspace) -> QuerySet[Hook]:
    """The workspace's webhooks, oldest first."""
    return Hook.objects.filter(workspace=workspace).select_related("created_by").order_by("created_at", "pk")


def deliveries(hook: Hook) -> QuerySet[Delivery]:
    """What was or is to be sent to it, newest first."""
    return Delivery.objects.filter(hook=hook).order_by("-created_at", "pk")


def signing_secrets(hook: Hook) -> list[str]:
    """The secrets that sign now: the new one, and for a while the one before. Raises InvalidToken where SECRET_KEY is
    another one than when they were sealed."""
    sealed = [hook.sealed_secret, *([hook.sealed_previous] if hook.sealed_previous and hook.has_two_secrets else [])]
    return [seals.of(PURPOSE).decrypt(secret.encode()).decode() for secret in sealed]


def is_readable(hook: Hook) -> bool:
    """Its secret can be opened; otherwise it is to be rotated."""
    try:
        return bool(signing_secrets(hook))
    except InvalidToken:
        return False


def _check(url: str) -> None:
    """Raises Refused for an address to which nothing may be sent."""
    try:
        if not url.startswith("https://") and not settings.AURORA_FETCH_PRIVATE:
            raise fetch.Unfetchable("The address must begin with https://.")
        if not url.isascii():
            raise fetch.Unfetchable(
                "Write other letters than a to z as browsers send them: xn--… in names, %… elsewhere."
            )
        fetch.check(url)
    except fetch.Unfetchable as error:
        raise Refused(str(error), field="url") from error


def _locked(hook: Hook) -> Hook:
    return Hook.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=hook.pk)


def _new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(24)).decode()


def _seal(secret: str) -> str:
    return seals.of(PURPOSE).encrypt(secret.encode()).decode()


def _record(verb: str, hook: Hook, actor: User, /, **detail: str | int | bool) -> None:
    audit.record(f"webhook.{verb}", workspace=hook.workspace, actor=actor, target=hook.url, **detail)
