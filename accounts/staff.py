"""What staff may do: one table, asked by every page of the staff panel and by Django's admin."""

from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import User

Role = User.StaffRole


class StaffAction(StrEnum):
    """What is done in the staff panel; the values are the words of docs/staff.md."""

    SEE_OVERVIEW = "see the overview"
    SEE_PEOPLE = "find people and workspaces, and read about them"
    HELP_PEOPLE = "verify, lock and unlock, end sessions, reset the second step, write notes"
    GRANT = "grant a plan or an entitlement"
    IMPERSONATE = "look at the studio as somebody, without changing anything"
    SEE_GENERATIONS = "inspect generations"
    STEER_GENERATIONS = "cancel generations, and queue them again"
    REFUND = "refund a picture"
    MODERATE = "decide about reports and pictures, and read appeals"
    WRITE_RULES = "write rules of moderation"
    SEE_MONEY = "read the ledger, payments and prices"
    MOVE_MONEY = "adjust credit, refund payments, make codes and prices"
    APPROVE_MONEY = "approve what a colleague adjusts above $100"
    SEE_OPERATIONS = "see workers, queues and jobs"
    OPERATE = "drain workers, switch features, announce"
    MANAGE_STAFF = "say who is staff, and what for"


_A = StaffAction
_READ = {_A.SEE_OVERVIEW, _A.SEE_PEOPLE, _A.SEE_GENERATIONS}
TABLE: dict[str, frozenset[StaffAction]] = {
    Role.SUPPORT: frozenset(
        _READ | {_A.HELP_PEOPLE, _A.GRANT, _A.IMPERSONATE, _A.STEER_GENERATIONS, _A.REFUND, _A.SEE_OPERATIONS}
    ),
    Role.MODERATOR: frozenset(_READ | {_A.MODERATE, _A.WRITE_RULES}),
    Role.FINANCE: frozenset(_READ | {_A.GRANT, _A.REFUND, _A.SEE_MONEY, _A.MOVE_MONEY, _A.APPROVE_MONEY}),
    Role.OPERATOR: frozenset(_READ | {_A.STEER_GENERATIONS, _A.SEE_OPERATIONS, _A.OPERATE}),
}


def may(user: object, action: StaffAction) -> bool:
    """Superusers may everything; others of the staff what their role says."""
    if not isinstance(user, User) or not (user.is_active and user.is_staff):
        return False
    return user.is_superuser or action in TABLE.get(user.staff_role, frozenset())


def demand(user: object, action: StaffAction) -> None:
    """Raises PermissionDenied."""
    if not may(user, action):
        raise PermissionDenied(f"Your role does not allow you to {action}.")


class MayStaff:
    """For templates: `{{ may.moderate }}`, by the names of `StaffAction` in lower case."""

    def __init__(self, user: object) -> None:
        self.user = user

    def __getattr__(self, name: str) -> bool:
        try:
            return may(self.user, StaffAction[name.upper()])
        except KeyError:
            raise AttributeError(name) from None


def of_request(request: HttpRequest) -> MayStaff:
    return MayStaff(request.user)
