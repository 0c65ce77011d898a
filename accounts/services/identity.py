"""What a workspace is called, where it lies and how it looks."""

import hashlib

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from accounts.models import User, Workspace
from accounts.permissions import Action
from accounts.services import audit
from accounts.services.portraits import BadPortrait, portrait
from accounts.services.rights import demand, hold

__all__ = ["BadPortrait", "SlugTaken", "remove_logo", "rename", "set_logo"]


class SlugTaken(Exception):
    """Another workspace has this address."""


@transaction.atomic
def rename(*, workspace: Workspace, actor: User, name: str, slug: str) -> Workspace:
    """Change name and address; the old address leads nowhere from then on. Raises PermissionDenied or SlugTaken."""
    held = hold(workspace)
    demand(actor, Action.MANAGE_SETTINGS, held)
    before = (held.name, held.slug)
    if before == (name, slug):
        return held
    held.name, held.slug = name, slug
    try:
        with transaction.atomic():
            held.save(update_fields=["name", "slug"])
    except IntegrityError as error:
        raise SlugTaken from error
    audit.record("workspace.renamed", workspace=held, actor=actor, target=name, before=before[0],
                 slug_before=before[1], slug=slug)  # fmt: skip
    return held


@transaction.atomic
def set_logo(*, workspace: Workspace, actor: User, upload: "File[bytes]") -> Workspace:
    """Raises PermissionDenied, or BadPortrait for a file that is no small picture."""
    demand(actor, Action.MANAGE_SETTINGS, workspace)
    webp = portrait(upload)
    key = f"logos/{workspace.pk}/{hashlib.sha256(webp).hexdigest()}.webp"
    if not default_storage.exists(key):
        default_storage.save(key, ContentFile(webp))
    return _keep(workspace, actor, key)


@transaction.atomic
def remove_logo(*, workspace: Workspace, actor: User) -> Workspace:
    """Raises PermissionDenied."""
    demand(actor, Action.MANAGE_SETTINGS, workspace)
    return _keep(workspace, actor, "")


def _keep(workspace: Workspace, actor: User, key: str) -> Workspace:
    held = hold(workspace)
    before, held.logo_key = held.logo_key, key
    if before != key:
        held.save(update_fields=["logo_key"])
        audit.record("workspace.logo_changed", workspace=held, actor=actor, target=held)
        if before:
            transaction.on_commit(lambda: default_storage.delete(before), robust=True)
    return held
