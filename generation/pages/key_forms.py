"""What the pages of API keys ask for."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import ApiKey
from accounts.scopes import Scope, every
from accounts.services.api_keys import OVERLAPS
from billing.prices import MICROS_PER_DOLLAR

USUAL_LIFE = timedelta(days=90)
LONGEST_LIFE = timedelta(days=3650)
OVERLAP_WORDS = {0: "Stops at once", 1: "Works for 1 more hour", 24: "Works for 24 more hours"}


class LimitsForm(forms.Form):
    """What a key may do, until when, and how much it may spend."""

    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=[(scope.value, scope.words) for scope in Scope],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one thing that the key may do."},
    )
    expires = forms.DateField(
        label="Works until",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="To the end of that day, in UTC. Empty: until you revoke it.",
    )
    cap = forms.DecimalField(
        label="Spending cap a month, in dollars",
        required=False,
        min_value=Decimal("0.01"),
        max_digits=9,
        decimal_places=2,
        error_messages={"min_value": "The cap must be at least $0.01. Leave it empty for none."},
        widget=forms.NumberInput(attrs={"class": "numbers", "inputmode": "decimal"}),
        help_text="Requests beyond it are refused until the next month begins. Empty: as much as the workspace has.",
    )

    def clean_expires(self) -> datetime | None:
        """The moment from which on the key no longer works."""
        day: date | None = self.cleaned_data["expires"]
        if day is None:
            return None
        today = timezone.now().date()
        if not today <= day <= today + LONGEST_LIFE:
            raise ValidationError("Choose a day from today on, at most ten years ahead.")
        return datetime.combine(day + timedelta(days=1), time(), UTC)

    def limits(self) -> dict[str, Any]:
        """What the services take."""
        cap = self.cleaned_data["cap"]
        return {
            "scopes": self.cleaned_data["scopes"],
            "expires_at": self.cleaned_data["expires"],
            "monthly_cap_micros": None if cap is None else int(cap * MICROS_PER_DOLLAR),
        }


class NewKeyForm(LimitsForm):
    field_order = ("name",)
    name = forms.CharField(
        label="Name",
        max_length=80,
        help_text="What you will know it by, such as the program that uses it.",
        error_messages={"required": "Give the key a name."},
    )


class RotateForm(forms.Form):
    overlap = forms.TypedChoiceField(
        label="The secret that is in use now",
        choices=[(hours, OVERLAP_WORDS[hours]) for hours in OVERLAPS],
        coerce=int,
        widget=forms.RadioSelect,
    )


def usual() -> dict[str, Any]:
    """What the form for a new key begins with."""
    return {"scopes": every(), "expires": timezone.now().date() + USUAL_LIFE}


def limits_of(api_key: ApiKey) -> dict[str, Any]:
    cap = api_key.monthly_cap_micros
    return {
        "scopes": api_key.scopes,
        # The day that ends where the key ends.
        "expires": (api_key.expires_at - timedelta(microseconds=1)).date() if api_key.expires_at else None,
        "cap": None if cap is None else (Decimal(cap) / MICROS_PER_DOLLAR).quantize(Decimal("0.01")),
    }
