"""Shows avatars to the people who work together, and to nobody else."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe
from django_scopes import scopes_disabled

from accounts.models import Membership, User
from accounts.pages.typed import UserRequest

KEEP_SECONDS = 86_400


@login_required
@require_safe
def avatar(request: UserRequest, user_id: UUID, name: str) -> FileResponse:
    """The picture, if it is the reader's own or that of someone they share a workspace with; else 404."""
    owner = User.objects.filter(pk=user_id, avatar=f"avatars/{user_id}/{name}").first()
    if owner is None or not _may_see(request.user, owner):
        raise Http404("No such picture.")
    try:
        file = default_storage.open(owner.avatar, "rb")
    except FileNotFoundError as error:
        raise Http404("This picture is no longer there.") from error
    response = FileResponse(file, content_type="image/webp")
    response.headers["X-Content-Type-Options"] = "nosniff"
    patch_cache_control(response, private=True, max_age=KEEP_SECONDS, immutable=True)
    return response


def _may_see(reader: User, owner: User) -> bool:
    if reader == owner:
        return True
    with scopes_disabled():
        theirs = Membership.objects.filter(user=owner).values("workspace")
        return Membership.objects.filter(user=reader, workspace__in=theirs).exists()
