"""Public addresses of collections: whoever has one sees the pictures, until it is revoked or over.

It shows what its owner sees, as they gave it out: a picture that is made private, deleted or taken out is gone from it
at once, and all of it when the owner leaves the workspace.
"""

import hashlib
import secrets
from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django_scopes import scope, scopes_disabled

from accounts import seals
from accounts.models import User
from accounts.permissions import Action, can
from accounts.services import audit
from generation.models import Collection, CollectionEntry
from generation.services import collections, rates

PURPOSE = "generation.collections"
TRIES_OF_ADDRESS = 10
TRIES_OF_LINK = 60
"""A minute; together they are for passwords that people think up."""


@transaction.atomic
def publish(
    *, collection: Collection, by: User, password: str | None, until: datetime | None, shows_prompts: bool
) -> Collection:
    """Give it a link, or change the one that it has; `password` is "" for none, None to leave it as it is."""
    row = collections.held(collection, by, collections.Standing.OWNER)
    is_new = row.token_hash is None
    if is_new:
        token = secrets.token_urlsafe(24)
        row.token_hash, row.sealed_token = _digest(token), seals.of(PURPOSE).encrypt(token.encode()).decode()
    if password is not None:
        row.link_password = make_password(password) if password else ""
    row.link_until, row.link_shows_prompts = until, shows_prompts
    row.save()
    audit.record(
        "collection.link_made" if is_new else "collection.link_changed",
        workspace=row.workspace,
        actor=by,
        target=collections.called(row),
        password=bool(row.link_password),
        until=until.isoformat(timespec="minutes") if until else None,
        prompts=shows_prompts,
    )
    return row


@transaction.atomic
def revoke(*, collection: Collection, by: User) -> None:
    row = collections.held(collection, by, collections.Standing.OWNER)
    if row.token_hash is None:
        return
    row.token_hash, row.sealed_token, row.link_password, row.link_until = None, "", "", None
    row.link_shows_prompts = False
    row.save()
    audit.record("collection.link_revoked", workspace=row.workspace, actor=by, target=collections.called(row))


def token(collection: Collection) -> str:
    """ "" where it has no link."""
    sealed = collection.sealed_token
    return seals.of(PURPOSE).decrypt(sealed.encode()).decode() if sealed else ""


def find(given: str) -> Collection:
    """The collection at a link, for whoever asks. Raises Collection.DoesNotExist, as if there had never been one."""
    with scopes_disabled():
        rows = Collection.objects.select_related("workspace", "owner").filter(workspace__deleted_at=None)
        found = rows.get(Q(link_until=None) | Q(link_until__gt=timezone.now()), token_hash=_digest(given))
    if found.owner is None or not can(found.owner, Action.CREATE, found.workspace):
        raise Collection.DoesNotExist
    return found


def shown(collection: Collection) -> list[CollectionEntry]:
    """What the public sees of it. Asks for no scope: it opens the collection's own."""
    if collection.owner is None:
        return []
    with scope(workspace=collection.workspace):
        return list(collections.entries(collection=collection, reader=collection.owner))


def may_try(collection: Collection, address: str) -> bool:
    """Count a try at the password."""
    of_address = rates.of_try(f"collection:{collection.pk}:{address}", TRIES_OF_ADDRESS)
    return of_address and rates.of_try(f"collection:{collection.pk}", TRIES_OF_LINK)


def opens(collection: Collection, password: str) -> bool:
    return check_password(password, collection.link_password)


def pass_of(collection: Collection) -> str:
    """What a browser keeps once the password was right; good until there is another one."""
    return salted_hmac(PURPOSE, f"{collection.token_hash}{collection.link_password}").hexdigest()


def is_pass(collection: Collection, kept: object) -> bool:
    return isinstance(kept, str) and constant_time_compare(kept, pass_of(collection))


def _digest(given: str) -> str:
    return hashlib.sha256(given.encode()).hexdigest()
