"""Things of Alice's for the test of all addresses."""

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django_scopes import scope


def zip_of(person: Any, workspace: Any, picture: Any) -> uuid.UUID:
    """One that is ready."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage

    from generation.models import Bundle

    ends = timezone.now() + timedelta(hours=1)
    pk = uuid.UUID(int=9)
    with scope(workspace=workspace):
        made = Bundle.objects.create(
            pk=pk, person=person, workspace=workspace, pictures=[picture.pk], status="ready", attempt=1, expires_at=ends
        )
    if not default_storage.exists(made.storage_key):
        default_storage.save(made.storage_key, ContentFile(workspace.name.encode()))
    return pk
