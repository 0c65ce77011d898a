"""Amounts of money as people read and write them, exact to the micro-dollar."""

from decimal import Decimal, InvalidOperation

from billing.prices import MICROS_PER_DOLLAR

MINUS = "\N{MINUS SIGN}"
MOST = 1_000_000 * MICROS_PER_DOLLAR
"""No amount that is typed in is larger."""


def dollars(micros: int) -> str:
    """As in "$1,234.50", "−$0.07" and, where cents do not say it, "$0.0025"."""
    whole, rest = divmod(abs(micros), MICROS_PER_DOLLAR)
    digits = f"{rest:06}".rstrip("0").ljust(2, "0")
    return f"{MINUS if micros < 0 else ''}${whole:,}.{digits}"


def decimal(micros: int) -> Decimal:
    """In dollars, for spreadsheets and forms."""
    return (Decimal(micros) / MICROS_PER_DOLLAR).quantize(Decimal("0.000001"))


def read(text: str) -> int:
    """Micro-dollars of an amount in dollars that was typed. Raises ValueError with a sentence for people."""
    try:
        micros = Decimal(text.strip().removeprefix("$").replace(",", "")) * MICROS_PER_DOLLAR
    except InvalidOperation:
        micros = Decimal("nan")
    if not micros.is_finite():
        raise ValueError("Write an amount in dollars, as in 25.00.")
    if abs(micros) > MOST:
        raise ValueError(f"At most {dollars(MOST)} at once.")
    if micros != int(micros):
        raise ValueError("An amount has at most six digits after the point.")
    return int(micros)
