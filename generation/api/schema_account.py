"""How models, usage and credit are described."""

from billing.models import Account
from generation import catalog
from generation.api.schema import component, text, thing, whole

MODEL_TOLD = component("Model", thing({
    "id": text(enum=[catalog.MODEL]),
    "object": {"const": "model"},
    "created": whole("When it was first shipped, in Unix seconds."),
    "owned_by": text(),
}))  # fmt: skip

_micros = whole("In micro-dollars: 1,000,000 are a dollar.")
USAGE_TOLD = component("KeyUsage", thing({
    "object": {"const": "usage"},
    "key": text("How the key begins."),
    "month": text("In UTC.", pattern=r"^\d{4}-\d{2}$"),
    "spent_micros": _micros,
    "cap_micros": {"type": ["integer", "null"], "description": "What the key may spend a month; null for no limit."},
}))  # fmt: skip

CREDITS_TOLD = component("Credits", thing({
    "object": {"const": "credits"},
    "balance_micros": _micros,
    "balance_usd": text("The same in dollars.", pattern=r"^-?\d+\.\d{2,6}$"),
    "wallet_micros": _micros | {"description": "What was paid for."},
    "gifts": {"type": "array", "items": thing({
        "source": text(enum=list(Account.Source.values)),
        "micros": _micros,
        "expires_at": {"type": ["integer", "null"], "description": "When it ends, in Unix seconds."},
    })},
    "held_micros": _micros | {"description": "Set aside for what is being drawn."},
}))  # fmt: skip
