"""What of Django's admin each role sees and writes, answered from the one table of `accounts.staff`."""

from accounts import staff
from accounts.staff import StaffAction

_A = StaffAction
# By app, and by model where one is different.
SEE: dict[str, StaffAction] = {
    "accounts": _A.SEE_PEOPLE,
    "billing": _A.SEE_MONEY,
    "generation": _A.SEE_GENERATIONS,
    "accounts.staffsession": _A.MANAGE_STAFF,
    "billing.customer": _A.SEE_PEOPLE,
    "billing.entitlementgrant": _A.SEE_PEOPLE,
    "billing.plangrant": _A.SEE_PEOPLE,
    "billing.subscription": _A.SEE_PEOPLE,
    "generation.figure": _A.SEE_OVERVIEW,
    "generation.outbox": _A.SEE_OPERATIONS,
}
# What is not here is written by nobody but superusers, if at all.
WRITE: dict[str, StaffAction] = {
    "accounts.add_user": _A.MANAGE_STAFF,
    "accounts.change_user": _A.MANAGE_STAFF,
    "accounts.change_apikey": _A.HELP_PEOPLE,
    "billing.add_entitlementgrant": _A.GRANT,
    "billing.add_plangrant": _A.GRANT,
    "billing.add_price": _A.MOVE_MONEY,
    "billing.add_promocode": _A.MOVE_MONEY,
    "billing.add_transaction": _A.MOVE_MONEY,
    "billing.change_entitlementgrant": _A.GRANT,
    "billing.change_plangrant": _A.GRANT,
    "billing.change_promocode": _A.MOVE_MONEY,
    "billing.change_purchase": _A.MOVE_MONEY,
}


def action_of(permission: str) -> StaffAction | None:
    """What somebody must be allowed to do for one of Django's permissions, as "billing.view_price"."""
    app, _, codename = permission.partition(".")
    verb, _, model = codename.partition("_")
    if verb == "view":
        return SEE.get(f"{app}.{model}") or SEE.get(app)
    return WRITE.get(permission)


def allows(user: object, permission: str) -> bool:
    action = action_of(permission)
    return action is not None and staff.may(user, action)


def opens(user: object, app: str) -> bool:
    """Whether there is anything of the app for this member of the staff."""
    return any(staff.may(user, action) for name, action in SEE.items() if name.partition(".")[0] == app)
