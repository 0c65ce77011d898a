"""What the pages of credit ask for."""

from decimal import Decimal
from typing import Any

from django import forms

from billing.models import TopUp
from billing.pages import words
from billing.prices import MICROS_PER_DOLLAR
from billing.services import cards, money
from billing.services.credit import PACKS

OTHER = "other"


def to_micros(dollars: Decimal) -> int:
    return int(dollars * MICROS_PER_DOLLAR)


class DollarsField(forms.DecimalField):
    """An amount in dollars, given back in micro-dollars. How much is right is the services' word."""

    def __init__(self, *, label: str, help_text: str = "", required: bool = True) -> None:
        super().__init__(
            label=label,
            help_text=help_text,
            required=required,
            max_digits=9,
            decimal_places=2,
            widget=forms.TextInput(attrs={"class": "numbers", "inputmode": "decimal", "autocomplete": "off"}),
            error_messages={
                "invalid": "Write an amount in dollars, such as 25 or 12.50.",
                "max_decimal_places": "Choose an amount in whole cents.",
            },
        )

    def to_python(self, value: Any) -> Any:
        # As people write it: $1,250.00
        return super().to_python(str(value).replace("$", "").replace(",", "") if value else value)

    def clean(self, value: Any) -> Any:
        dollars = super().clean(value)
        return None if dollars is None else to_micros(dollars)


class BuyForm(forms.Form):
    """A pack, or any amount."""

    pack = forms.ChoiceField(choices=[*((str(micros), micros) for micros in PACKS), (OTHER, OTHER)])
    amount = DollarsField(label="Other amount, in dollars", required=False)
    keep_card = forms.BooleanField(label="Keep the card for automatic top-up", required=False)

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or {}
        if sent.get("pack") == OTHER and sent.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", f"Choose an amount from {_least()} to {_most()}.")
        return sent

    @property
    def micros(self) -> int:
        pack = self.cleaned_data["pack"]
        return int(self.cleaned_data["amount"] if pack == OTHER else pack)


class TopUpForm(forms.Form):
    threshold = DollarsField(label="When less than", help_text="In dollars. Gifts count too.")
    amount = DollarsField(label="Buy", help_text="In dollars, from 5 to 5,000.")
    monthly_limit = DollarsField(
        label="At most a month", help_text="In a calendar month, in UTC. What you buy yourself does not count."
    )

    def amounts(self) -> dict[str, int]:
        """As the service takes them."""
        return {f"{name}_micros": self.cleaned_data[name] for name in ("threshold", "amount", "monthly_limit")}


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code",
        max_length=40,
        error_messages={"required": "Type the code.", "max_length": "This is longer than any code."},
        widget=forms.TextInput({"autocapitalize": "characters", "spellcheck": "false", "autocomplete": "off"}),
    )


class ShareForm(forms.Form):
    agreed = forms.BooleanField(
        label="I have read this, and I may decide it for this workspace.",
        error_messages={"required": "Tick the box first: sharing needs somebody who may decide it."},
    )


class WithdrawForm(forms.Form):
    sure = forms.BooleanField(
        label="Take back everything that this workspace has shared.",
        error_messages={"required": "Tick the box first. It cannot be undone."},
    )


def chosen(row: TopUp | None) -> dict[str, str]:
    """What the form of top-up begins with."""
    values = {name: getattr(row, name) if row else usual for name, usual in cards.USUAL.items()}
    return {name.removesuffix("_micros"): plain(micros) for name, micros in values.items()}


def plain(micros: int) -> str:
    """As it stands in a field: 25, or 12.50."""
    return words.dollars(micros).replace("$", "").replace(",", "")


def _least() -> str:
    return words.dollars(money.LEAST_MICROS)


def _most() -> str:
    return words.dollars(money.MOST_MICROS)
