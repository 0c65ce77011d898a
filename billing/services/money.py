"""What a card may be charged for credit at once."""

from accounts.services.rights import Refused
from billing import amounts
from billing.prices import MICROS_PER_DOLLAR
from billing.stripe_client import MICROS_IN_A_CENT

LEAST_MICROS = 5 * MICROS_PER_DOLLAR
MOST_MICROS = 5_000 * MICROS_PER_DOLLAR


def demand_payable(micros: int) -> None:
    """Raises Refused for what no card is charged: too little, too much, or parts of a cent."""
    if not LEAST_MICROS <= micros <= MOST_MICROS:
        raise Refused(f"Choose an amount from {amounts.dollars(LEAST_MICROS)} to {amounts.dollars(MOST_MICROS)}.")
    if micros % MICROS_IN_A_CENT:
        raise Refused("Choose an amount in whole cents.")
