"""Joining by e-mail domain: people whose confirmed address is of a workspace's domain may come in as members."""

from pathlib import Path
from uuid import UUID

from django.core.validators import DomainNameValidator
from django.db import transaction
from django.forms import ValidationError
from django_scopes import scopes_disabled

from accounts.models import Membership, User, Workspace
from accounts.permissions import Action, Role
from accounts.services import audit, rooms
from accounts.services.invitations import verified
from accounts.services.rights import Refused, demand, demand_team, hold

SHOWN = 50
# Where everybody can have an address. Country variants (yahoo.co.uk) are found by their first part below.
PUBLIC = frozenset((Path(__file__).parent / "public_domains.txt").read_text().split())
_EVERYWHERE = frozenset({"yahoo", "hotmail", "live", "outlook", "gmx", "yandex", "googlemail", "gmail", "ymail"})


def is_public(domain: str) -> bool:
    return domain in PUBLIC or domain.partition(".")[0] in _EVERYWHERE


@transaction.atomic
def allow(*, workspace: Workspace, actor: User, domain: str) -> Workspace:
    """Open the workspace to a domain, or with "" to none. Raises PermissionDenied or Refused."""
    wanted = domain.strip().lower().removeprefix("@")
    held = hold(workspace)
    demand(actor, Action.INVITE, held)
    if wanted:
        demand_team(held)
        _check(wanted, actor)
    if wanted != held.join_domain:
        before, held.join_domain = held.join_domain, wanted
        held.save(update_fields=["join_domain"])
        audit.record("workspace.joining_changed", workspace=held, actor=actor, before=before, after=wanted)
    return held


def offers(person: User) -> list[Workspace]:
    """The workspaces that the person may join, by the addresses they have confirmed."""
    domains = _domains(person)
    with scopes_disabled():
        rows = Workspace.objects.filter(join_domain__in=domains, is_personal=False, deletion_due_at=None)
        return list(rows.exclude(memberships__user=person).order_by("name", "id")[:SHOWN]) if domains else []


@transaction.atomic
def join(*, person: User, id: UUID) -> Workspace:
    """Come in as a member. Raises Workspace.DoesNotExist where this person may not join, Refused where it is full."""
    with scopes_disabled():
        held = hold(Workspace.objects.get(pk=id))
        # Asked under the lock: the door may have been closed meanwhile.
        if held.is_personal or held.is_leaving or held.join_domain not in _domains(person):
            raise Workspace.DoesNotExist
        if Membership.objects.filter(workspace=held, user=person).exists():
            return held
        rooms.demand(held)
        Membership.objects.create(workspace=held, user=person, role=Role.MEMBER)
    rooms.changed(held)
    audit.record("member.joined", workspace=held, actor=person, target=person, role=Role.MEMBER, by="domain")
    return held


def _domains(person: User) -> set[str]:
    return {domain for email in verified(person) if not is_public(domain := email.rpartition("@")[2])}


def _check(domain: str, actor: User) -> None:
    try:
        DomainNameValidator()(domain)
    except ValidationError as error:
        raise Refused("Write a domain such as example.org.") from error
    if is_public(domain):
        raise Refused("Everybody can have an address there. Only a domain of your own organisation can be used.")
    if domain not in _domains(actor):
        raise Refused(f"Confirm an address of your own at {domain} first, under E-mail addresses.")
