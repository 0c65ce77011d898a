"""Zips of chosen pictures: asked for in the gallery, made in the background, there for a day for whoever asked.

As with exports (accounts/services/exports.py) a claim is a lease, and what a killed worker had begun is begun anew in a
file of its own.
"""

import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django_scopes import scope, scopes_disabled

from accounts.models import User, Workspace
from accounts.permissions import Action, can
from accounts.services import archive
from generation.models import Bundle, Picture
from generation.services import browse

LEASE = timedelta(seconds=60)
PAUSE = timedelta(seconds=15)
KEPT = timedelta(hours=24)
MAX_ATTEMPTS = 3
MOST = 1000
"""Pictures of one zip."""
OPEN = 3
"""Zips that one person may be waiting for in a workspace."""
AT_ONCE = 2
TELL_EVERY_SECONDS = 0.5

Status = Bundle.Status
log = structlog.get_logger(__name__)


class Refused(Exception):
    """Why no zip is made, for people."""


class Fenced(Exception):
    """The attempt is over: another worker has the zip, or it was taken back."""


def ask(*, workspace: Workspace, person: User, pictures: Sequence[Picture]) -> Bundle:
    """Have a zip made of these pictures. Raises Refused."""
    if not pictures:
        raise Refused("Select pictures first.")
    if len(pictures) > MOST:
        raise Refused(f"A zip holds at most {MOST:,} pictures; these are {len(pictures):,}. Select fewer.")
    mine = Bundle.objects.filter(workspace=workspace, person=person)
    if mine.filter(status__in=[Status.QUEUED, Status.RUNNING]).count() >= OPEN:
        raise Refused(f"{OPEN} zips of yours are being made. Wait until one is ready.")
    return Bundle.objects.create(workspace=workspace, person=person, pictures=[picture.pk for picture in pictures])


def find(*, workspace: Workspace, person: User, id: UUID) -> Bundle:
    """A zip that this person asked for. Raises Bundle.DoesNotExist."""
    return Bundle.objects.get(workspace=workspace, person=person, pk=id)


def fetch(*, workspace: Workspace, person: User, id: UUID) -> Bundle:
    """A zip that is there, for the person who asked. Raises Bundle.DoesNotExist."""
    return Bundle.objects.get(workspace=workspace, person=person, pk=id, status=Status.READY, expires_at__gt=Now())


def make_next() -> bool:
    """Make the zip that has waited longest; False when there is nothing to do."""
    bundle = _claim()
    if bundle is None:
        return False
    try:
        with scope(workspace=bundle.workspace):
            _make(bundle)
    except Fenced:
        log.warning("bundle_fenced", bundle=str(bundle.pk), attempt=bundle.attempt)
    except Exception:
        log.exception("bundle_failed", bundle=str(bundle.pk), attempt=bundle.attempt)
        with scopes_disabled():
            _held(bundle).update(lease_until=Now() + PAUSE)
    return True


def expire() -> int:
    """Delete what has been there for a day; how many."""
    with scopes_disabled():
        old = list(Bundle.objects.filter(status=Status.READY, expires_at__lt=Now())[:100])
        for bundle in old:
            remove(bundle)
            Bundle.objects.filter(pk=bundle.pk, status=Status.READY).update(status=Status.EXPIRED)
    return len(old)


def remove(bundle: Bundle) -> None:
    """Delete the file of every attempt."""
    for attempt in range(1, bundle.attempt + 1):
        archive.delete_file(bundle.key_of(attempt))


@transaction.atomic
def _claim() -> Bundle | None:
    with scopes_disabled():
        lost = Q(status=Status.RUNNING, lease_until__lt=Now())
        if Bundle.objects.filter(status=Status.RUNNING).exclude(lost).count() >= AT_ONCE:
            return None
        rows = Bundle.objects.filter(Q(status=Status.QUEUED) | lost).order_by("created_at")
        bundle = rows.select_for_update(skip_locked=True, of=("self",)).select_related("person", "workspace").first()
        if bundle is None:
            return None
        if bundle.attempt >= MAX_ATTEMPTS:
            Bundle.objects.filter(pk=bundle.pk).update(status=Status.FAILED, lease_until=None)
            remove(bundle)
            log.error("bundle_given_up", bundle=str(bundle.pk))
            return None
        Bundle.objects.filter(pk=bundle.pk).update(
            status=Status.RUNNING, attempt=F("attempt") + 1, lease_until=Now() + LEASE, done=0
        )
        bundle.attempt += 1
        return bundle


def _held(bundle: Bundle) -> QuerySet[Bundle]:
    """The row, as long as it still belongs to this attempt."""
    return Bundle.objects.filter(pk=bundle.pk, attempt=bundle.attempt, status=Status.RUNNING)


def _make(bundle: Bundle) -> None:
    if not can(bundle.person, Action.SEE, bundle.workspace):
        raise PermissionDenied("Who asked for it is not in the workspace any more.")
    # Asked for now, as much may have become private or been deleted meanwhile.
    pictures = browse.pictures(workspace=bundle.workspace, reader=bundle.person, ids=bundle.pictures)
    with archive.write_zip(bundle.storage_key) as target:
        _write(bundle, target, pictures)
    ready = {"status": Status.READY, "byte_size": target.byte_size, "lease_until": None, "done": len(pictures)}
    if not _held(bundle).update(expires_at=Now() + KEPT, **ready):
        raise Fenced
    for attempt in range(1, bundle.attempt):
        archive.delete_file(bundle.key_of(attempt))


def _write(bundle: Bundle, target: archive.Zip, pictures: Sequence[Picture]) -> None:
    told = 0.0
    for done, picture in enumerate(pictures):
        target.add_file(_name(picture), picture.storage_key)
        if time.monotonic() - told > TELL_EVERY_SECONDS:
            _report(bundle, done + 1)
            told = time.monotonic()


def _report(bundle: Bundle, done: int) -> None:
    """Say how far it is, which renews the lease. Raises Fenced."""
    if not _held(bundle).update(lease_until=Now() + LEASE, done=done):
        raise Fenced


def _name(picture: Picture) -> str:
    """By day, then by the beginning of the prompt, which people know it by; the id makes it one of a kind."""
    said = "".join(letter if letter.isalnum() else "-" for letter in picture.generation.prompt[:40]).strip("-")
    while "--" in said:
        said = said.replace("--", "-")
    return f"{picture.created_at:%Y-%m-%d}/{said or 'picture'}-{picture.index + 1}-{str(picture.pk)[:8]}.png"
