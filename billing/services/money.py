"""Amounts of money: what may be asked for, and how it is written."""

from accounts.services.rights import Refused
from billing.prices import MICROS_PER_DOLLAR
from billing.stripe_client import MICROS_IN_A_CENT

LEAST_MICROS = 5 * MICROS_PER_DOLLAR
MOST_MICROS = 5_000 * MICROS_PER_DOLLAR


def dollars(micros: int) -> str:
    """In whole cents; those below one are cut off, so that nobody is shown what they cannot spend."""
    sign, cents = ("-" if micros < 0 else ""), abs(micros) // MICROS_IN_A_CENT
    return f"{sign}${cents // 100:,}.{cents % 100:02}"


def demand_payable(micros: int) -> None:
    """Raises Refused for what no card is charged: too little, too much, or parts of a cent."""
    if not LEAST_MICROS <= micros <= MOST_MICROS:
        raise Refused(f"Choose an amount from {dollars(LEAST_MICROS)} to {dollars(MOST_MICROS)}.")
    if micros % MICROS_IN_A_CENT:
        raise Refused("Choose an amount in whole cents.")
