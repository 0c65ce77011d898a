"""How pages say what plans hold and cost."""

from billing.models import Subscription
from billing.plans import GB, Plan
from billing.prices import MICROS_PER_DOLLAR

INVOICE = {"paid": "Paid", "open": "Open", "void": "Void", "uncollectible": "Not collected"}
MODES = {"speed": "Speed", "quality": "Quality", "pro": "Pro"}


def dollars(micros: int) -> str:
    """Whole dollars without cents."""
    sign, micros = ("−" if micros < 0 else ""), abs(micros)
    return f"{sign}${micros / MICROS_PER_DOLLAR:,.{0 if micros % MICROS_PER_DOLLAR == 0 else 2}f}"


def price(plan: Plan, interval: str, *, seats: int = 1) -> str:
    """What all seats cost, as "$90 a month, for 3 seats"."""
    total = f"{dollars(plan.micros(interval) * (seats if plan.per_seat else 1))} a {interval}"
    return f"{total}, for {counted(seats, 'seat')}" if plan.per_seat else total


def counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def facts(plan: Plan) -> list[tuple[str, str]]:
    """What the plan holds for the workspace as it is, seats multiplied."""
    pictures = [f"{plan.daily_of(mode):,} {label}" for mode, label in MODES.items() if mode in plan.modes]
    return [
        ("Pictures a day", ", ".join(pictures)),
        ("Drawn at once", counted(plan.running, "generation")),
        ("Drawn or waiting", f"up to {counted(plan.queued, 'generation')}"),
        ("Members", _people(plan)),
        ("Storage", f"{plan.storage_total // GB:,} GB"),
        ("Adapters", f"{plan.adapters:,}" if plan.adapters else "none"),
    ]


def every(interval: str) -> str:
    return "yearly" if interval == Subscription.Interval.YEAR else "monthly"


def _people(plan: Plan) -> str:
    if plan.grows_with_members:
        return "one a seat"
    return "1 person" if plan.members_total == 1 else f"up to {plan.members_total:,} people"
