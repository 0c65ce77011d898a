"""Invitations: a mail to one address, or a link for whoever has it.

The token is shown or sent once and only its hash is stored. An invitation lifts nobody above its maker: it holds as
long as whoever made it is a member who may still invite to that role, and is void afterwards.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from smtplib import SMTPException
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from accounts.models import Invitation, Membership, User, Workspace
from accounts.permissions import Action, Role, allows, up_to
from accounts.services import audit, letters, rooms
from accounts.services.rights import Refused, demand, demand_team, hold

DAYS = (1, 7, 30)
USES = (1, 5, 25, 100)
MAX_OPEN = 200
SHOWN = 20
MAILS_AN_HOUR = 40


class Invalid(Exception):
    """There is no such invitation, or none any more: one answer for all, so that guessing teaches nothing."""


class ForSomebodyElse(Exception):
    """The invitation was sent to an address that this person has not confirmed as theirs; `email` is that address."""

    def __init__(self, email: str) -> None:
        super().__init__("This invitation was sent to another address.")
        self.email = email


def offered(role: str | None) -> list[Role]:
    """The roles that somebody of this role may invite to. Owners are made, not invited."""
    return [one for one in up_to(role) if one != Role.OWNER] if role and allows(role, Action.INVITE) else []


def by_mail(*, workspace: Workspace, actor: User, email: str, role: str, days: int = 7) -> Invitation:
    """Invite the owner of an address. Raises PermissionDenied or Refused; then nothing was made or sent."""
    with transaction.atomic():
        invitation, token = _make(workspace, actor, role=role, days=days, email=email.strip().lower(), max_uses=1)
    try:
        # After the transaction: a slow mail server holds no lock.
        path = reverse("accounts:invite", args=[token])
        letters.send(invitation.email, "invitation", invitation=invitation, inviter=invitation.created_by, path=path)
    except (OSError, SMTPException) as error:
        _withdraw(invitation, actor, "invitation.not_sent")
        raise Refused("The mail could not be sent, so nobody was invited. Try again in a moment.") from error
    return invitation


@transaction.atomic
def by_link(
    *, workspace: Workspace, actor: User, role: str, days: int = 7, max_uses: int | None = 1
) -> tuple[Invitation, str]:
    """A link for `max_uses` people, None for any number; returns the row and the token, which is not kept."""
    return _make(workspace, actor, role=role, days=days, email="", max_uses=max_uses)


@transaction.atomic
def revoke(*, workspace: Workspace, actor: User, id: UUID) -> None:
    """Raises PermissionDenied, or Invitation.DoesNotExist."""
    held = hold(workspace)
    demand(actor, Action.INVITE, held)
    with scope(workspace=held):
        invitation = Invitation.objects.get(workspace=held, pk=id)
    if invitation.revoked_at is None:
        _withdraw(invitation, actor, "invitation.revoked")


def open_ones(*, workspace: Workspace) -> list[Invitation]:
    """Those that are neither used up nor over, the newest first; `holding` knows the void ones."""
    with scope(workspace=workspace):
        rows = Invitation.objects.filter(_is_open(), workspace=workspace).select_related("created_by")
        return list(rows.order_by("-created_at")[:MAX_OPEN])


def of_token(token: str) -> Invitation:
    """The open invitation that the token belongs to, with its workspace and maker. Raises Invalid."""
    with scopes_disabled():
        rows = Invitation.objects.filter(_is_open(), token_hash=_hash(token))
        invitation = rows.select_related("workspace", "created_by").first()
    if invitation is None or not holding([invitation]):
        raise Invalid
    return invitation


def for_person(person: User) -> list[Invitation]:
    """Open invitations that were sent to the addresses this person has confirmed."""
    with scopes_disabled():
        rows = Invitation.objects.filter(_is_open(), email__in=verified(person))
        rows = rows.exclude(workspace__memberships__user=person).select_related("workspace", "created_by")
        found = list(rows.order_by("-created_at")[:SHOWN])
    sound = holding(found)
    return [invitation for invitation in found if invitation.pk in sound]


def check(invitation: Invitation, person: User) -> None:
    """Whether it is meant for this person. Raises ForSomebodyElse."""
    if invitation.email and invitation.email not in verified(person):
        raise ForSomebodyElse(invitation.email)


@transaction.atomic
def accept(*, invitation: Invitation, person: User) -> Workspace:
    """Join; who is a member already stays what they are. Raises Invalid, ForSomebodyElse, or Refused in a full one."""
    check(invitation, person)
    held = hold(invitation.workspace)
    with scopes_disabled():
        # Read again under the lock: it may have been used up or revoked meanwhile.
        row = Invitation.objects.filter(_is_open(), pk=invitation.pk).select_related("workspace", "created_by").first()
        if row is None or not holding([row]):
            raise Invalid
        if Membership.objects.filter(workspace=held, user=person).exists():
            return held
        rooms.demand(held)
        Membership.objects.create(workspace=held, user=person, role=row.role)
        Invitation.objects.filter(pk=row.pk).update(uses=F("uses") + 1)
    rooms.changed(held)
    audit.record("member.joined", workspace=held, actor=person, target=person, role=row.role, by="invitation",
                 invited_by=str(row.created_by))  # fmt: skip
    return held


def holding(rows: Sequence[Invitation]) -> set[UUID]:
    """The ids of those whose maker may still invite to that role; the others are void."""
    makers = Membership.objects.filter(
        workspace__in={row.workspace_id for row in rows},
        user__in={row.created_by_id for row in rows if row.created_by_id},
        user__is_active=True,
    )
    with scopes_disabled():
        roles = {(one.workspace_id, one.user_id): one.role for one in makers}
    return {row.pk for row in rows if row.role in offered(_role(roles, row))}


def _role(roles: dict[tuple[UUID, UUID], str], row: Invitation) -> str | None:
    return roles.get((row.workspace_id, row.created_by_id)) if row.created_by_id else None


def verified(person: User) -> list[str]:
    """The addresses that the person has shown to be theirs, in lower case."""
    rows = EmailAddress.objects.filter(user=person, verified=True).values_list("email", flat=True)
    return [email.lower() for email in rows]


def _make(
    workspace: Workspace, actor: User, *, role: str, days: int, email: str, max_uses: int | None
) -> tuple[Invitation, str]:
    held = hold(workspace)
    demand_team(held)
    own = demand(actor, Action.INVITE, held)
    if role not in offered(own):
        raise PermissionDenied("Nobody invites to a role above their own.")
    rooms.demand(held)
    _keep_it_few(held, actor, email)
    token = secrets.token_urlsafe(32)
    with scope(workspace=held):
        invitation = Invitation.objects.create(
            workspace=held,
            role=role,
            email=email,
            token_hash=_hash(token),
            max_uses=max_uses,
            created_by=actor,
            expires_at=timezone.now() + timedelta(days=days),
        )
    audit.record("invitation.created", workspace=held, actor=actor, target=invitation, role=role, days=days,
                 max_uses=max_uses)  # fmt: skip
    return invitation, token


@transaction.atomic
def _withdraw(invitation: Invitation, actor: User, action: str) -> None:
    with scope(workspace=invitation.workspace):
        Invitation.objects.filter(pk=invitation.pk).update(revoked_at=timezone.now())
    audit.record(action, workspace=invitation.workspace, actor=actor, target=invitation)


def _keep_it_few(workspace: Workspace, actor: User, email: str) -> None:
    """No flood of mails, none to members, and not two open ones to the same address. Raises Refused."""
    with scopes_disabled():
        rows = Invitation.objects.filter(workspace=workspace)
        # By this person anywhere, too: workspaces cost nothing.
        ours = Invitation.objects.filter(Q(workspace=workspace) | Q(created_by=actor)).exclude(email="")
        recent = ours.filter(created_at__gt=timezone.now() - timedelta(hours=1))
        # Who only claims the address is not who is invited.
        proved = EmailAddress.objects.filter(email=email, verified=True).values("user")
        if email and Membership.objects.filter(workspace=workspace, user__in=proved).exists():
            raise Refused("This person is a member already.")
        if email and rows.filter(_is_open(), email=email).exists():
            raise Refused("This address has an open invitation. Revoke it below to send another one.")
        if email and recent.count() >= MAILS_AN_HOUR:
            raise Refused(f"{MAILS_AN_HOUR} invitations were sent in the last hour. Send more later, or use a link.")
        if rows.filter(_is_open()).count() >= MAX_OPEN:
            raise Refused(f"{MAX_OPEN} invitations are open. Revoke some first.")


def _is_open() -> Q:
    has_uses = Q(max_uses=None) | Q(uses__lt=F("max_uses"))
    return has_uses & Q(revoked_at=None, expires_at__gt=timezone.now(), workspace__deletion_due_at=None)


def _hash(token: str) -> str:
    # 256 random bits: nothing to guess, so nothing slow is needed.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
