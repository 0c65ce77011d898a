"""Promo codes: each gives credit once a workspace and once a person, until its end or its last use."""

from datetime import timedelta

import structlog
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from redis.exceptions import RedisError

from accounts.models import User, Workspace
from accounts.permissions import Action
from accounts.services import audit, rights
from accounts.services.rights import Refused
from billing import ledger
from billing.models import Account, PromoCode, Redemption

TRIES = 10
TRIES_SECONDS = 3600
# One sentence for what is unknown, has ended or is used up: who guesses learns nothing.
NOT_VALID = "This code is not valid, or can no longer be redeemed. Check it for typing errors."
TOO_MANY = "That were many tries. For the next hour no code can be redeemed here."
log = structlog.get_logger(__name__)


def redeem(*, workspace: Workspace, actor: User, code: str) -> int:
    """Give the workspace what the code is worth; how many micro-dollars. Raises Refused and PermissionDenied."""
    rights.demand(actor, Action.MANAGE_MONEY, workspace)
    for guesser in (workspace, actor):
        _count_try(guesser)
    return _redeem(workspace, actor, code.strip().upper())


@transaction.atomic
def _redeem(workspace: Workspace, actor: User, code: str) -> int:
    # Under lock, so that the last use is one.
    row = PromoCode.objects.select_for_update().filter(code=code).first()
    if row is None:
        raise Refused(NOT_VALID)
    # Before the end is looked at: whoever had the code knows it.
    _demand_first(row, workspace, actor)
    if (row.ends_at and row.ends_at <= timezone.now()) or (row.max_uses is not None and row.uses >= row.max_uses):
        raise Refused(NOT_VALID)
    with scope(workspace=workspace):
        Redemption.objects.create(workspace=workspace, code=row, person=actor)
        ledger.grant(
            workspace=workspace,
            key=f"code:{row.pk}:{workspace.pk}",
            amount_micros=row.amount_micros,
            source=Account.Source.CODE,
            expires_at=timezone.now() + timedelta(days=row.credit_days),
        )
    row.uses += 1
    row.save(update_fields=["uses"])
    audit.record("credit.code_redeemed", workspace=workspace, actor=actor, target=row.code, micros=row.amount_micros)
    return row.amount_micros


def _demand_first(row: PromoCode, workspace: Workspace, actor: User) -> None:
    with scopes_disabled():
        before = Redemption.objects.filter(code=row)
        if before.filter(workspace=workspace).exists():
            raise Refused("This workspace has redeemed this code already. Each code works once.")
        if before.filter(person=actor).exists():
            raise Refused("You have redeemed this code already, in another workspace. Each code works once a person.")


def _count_try(guesser: Workspace | User) -> None:
    """Raises Refused after too many tries. Without Valkey nobody can count, so nobody can guess either."""
    key = f"billing:code-tries:{guesser.pk}"
    try:
        cache.add(key, 0, TRIES_SECONDS)
        tries = cache.incr(key)
    except (RedisError, ValueError) as error:
        log.warning("code_tries_not_counted", error=str(error))
        raise Refused("Codes cannot be redeemed at the moment. Try again in a minute.") from error
    if tries > TRIES:
        raise Refused(TOO_MANY)
