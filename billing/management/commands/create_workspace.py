"""`manage.py create_workspace NAME --owner EMAIL [--plan PLAN] [--credits USD]`"""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from accounts.models import User, Workspace
from accounts.services import users, workspaces
from billing import amounts
from billing.models import Paid
from billing.services import adjust, grants

REASON = "Made with the workspace, from the command line"
PLAN_DAYS = 365


class Command(BaseCommand):
    help = (
        "Make a workspace and print its slug. The owner is made too if need be, and sets a password by 'forgot'. "
        f"A plan is granted for {PLAN_DAYS} days; credit is an adjustment and does not end."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--owner", required=True, metavar="EMAIL")
        parser.add_argument("--plan", default="", metavar="PLAN", help=f"one of {', '.join(Paid.values)}")
        parser.add_argument("--credits", default="", metavar="USD", help="as in 25.00")

    def handle(self, *args: Any, name: str, owner: str, **options: Any) -> None:
        name, email, plan = name.strip(), owner.strip().lower(), options["plan"].strip()
        if not 1 <= len(name) <= 80:
            raise CommandError("NAME must have 1 to 80 characters.")
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"--owner {owner!r} is not an e-mail address.") from error
        if plan and plan not in Paid.values:
            raise CommandError(f"--plan {plan!r} cannot be granted; choose one of {', '.join(Paid.values)}.")
        micros = _micros(options["credits"])
        with transaction.atomic():
            made = workspaces.create_workspace(name=name, owner=_user(email))
            _give(made, plan, micros)
        self.stdout.write(made.slug)


def _micros(credits_: str) -> int:
    """0 where none are asked for."""
    if not credits_.strip():
        return 0
    try:
        micros = amounts.read(credits_)
    except ValueError as error:
        raise CommandError(f"--credits {credits_!r}: {error}") from error
    if micros <= 0:
        raise CommandError(f"--credits {credits_!r} must be more than nothing.")
    return micros


def _user(email: str) -> User:
    try:
        return User.objects.get_by_natural_key(email)
    except User.DoesNotExist:
        return users.create_user(email=email)


def _give(workspace: Workspace, plan: str, micros: int) -> None:
    if plan:
        ends_at = timezone.now() + timedelta(days=PLAN_DAYS)
        grants.grant_plan(workspace=workspace, plan=plan, reason=REASON, ends_at=ends_at, by=None)
    if micros:
        key = f"adjust:{workspace.pk}:command"
        adjust.adjust(workspace=workspace, key=key, amount_micros=micros, reason=REASON, by=None)
