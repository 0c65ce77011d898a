"""What new requests of a workspace begin with, and who sees what comes of them."""

from django.db import transaction

from accounts.models import User, Workspace
from accounts.permissions import Action
from accounts.services import audit, rights


@transaction.atomic
def change(*, workspace: Workspace, actor: User, mode: str, size: str, shares_pictures: bool) -> Workspace:
    """An empty `mode` or `size` means the usual. Pictures that are there stay as they are. Raises PermissionDenied."""
    held = rights.hold(workspace)
    rights.demand(actor, Action.MANAGE_SETTINGS, held)
    held.default_mode, held.default_size, held.shares_pictures = mode, size, shares_pictures
    held.save(update_fields=["default_mode", "default_size", "shares_pictures"])
    audit.record("workspace.defaults_changed", workspace=held, actor=actor, target=held, mode=mode, size=size,
                 shares_pictures=shares_pictures)  # fmt: skip
    return held
