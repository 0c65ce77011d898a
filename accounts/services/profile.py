"""What people say about themselves, and what they allow."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import audit, avatars


@dataclass(frozen=True)
class Profile:
    """What the profile page asks for."""

    display_name: str
    locale: str
    time_zone: str
    theme: str
    product_mail: bool
    feedback_use: bool


@transaction.atomic
def update(*, user: User, profile: Profile, avatar: bytes | None = None, remove_avatar: bool = False) -> User:
    """Save the profile. `avatar` is a WebP of `avatars.render`; without one, and without removing, it stays."""
    user = User.objects.select_for_update().get(pk=user.pk)
    user.display_name, user.locale = profile.display_name, profile.locale
    user.time_zone, user.theme = profile.time_zone, profile.theme
    user.product_mail_since = _since(user, "product_mail", user.product_mail_since, agrees=profile.product_mail)
    user.feedback_use_since = _since(user, "feedback_use", user.feedback_use_since, agrees=profile.feedback_use)
    if avatar or remove_avatar:
        _replace_avatar(user, avatar)
    user.save()
    return user


def _since(user: User, name: str, since: datetime | None, *, agrees: bool) -> datetime | None:
    """When it was agreed to. Both the yes and the no go into the audit trail with their date."""
    if agrees == bool(since):
        return since
    audit.record(f"consent.{'given' if agrees else 'withdrawn'}", workspace=None, actor=user, target=name)
    return timezone.now() if agrees else None


def _replace_avatar(user: User, avatar: bytes | None) -> None:
    before, user.avatar = user.avatar, avatars.store(user_id=user.pk, webp=avatar) if avatar else ""
    if before != user.avatar:
        # After the commit: until then the old one is still what the row names.
        transaction.on_commit(lambda: avatars.remove(before))
