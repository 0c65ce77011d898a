"""What of a statement is asked for. It stands in the address, so that a view of it can be kept and sent."""

from datetime import UTC, date
from typing import Any, cast

from django import forms
from django.utils import timezone

from accounts.models import Workspace
from billing.services.statement import LONGEST, MOVES, Key, Period, Wish

LABELS = {"capture": "Delivered pictures"}
OLDEST = 120
"""Months that can be chosen."""


class Ask(forms.Form):
    """A month, or the days from one to another."""

    month = forms.ChoiceField(
        required=False, label="Month", error_messages={"invalid_choice": "Choose a month of the list."}
    )
    kind = forms.ChoiceField(
        required=False,
        label="Kind",
        choices=[("", "Everything"), *((move.value, move.label) for move in MOVES)],
        error_messages={"invalid_choice": "Choose a kind of the list."},
    )
    text = forms.CharField(required=False, max_length=120, label="Reason, reference or request")
    since = forms.DateField(required=False, label="From day", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    until = forms.DateField(required=False, label="To day", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def __init__(self, data: Any, *, workspace: Workspace) -> None:
        today = timezone.now().astimezone(UTC).date()
        self.months = _months(workspace.created_at.astimezone(UTC).date(), today)
        # A form that was filled in shows what it was filled in with, so the month of today is said here.
        values = {name: data.get(name, "") for name in self.base_fields}
        super().__init__(values | {"month": values["month"] or self.months[0]})
        month = cast("forms.ChoiceField", self.fields["month"])
        month.choices = [(value, f"{_first(value):%b %Y}") for value in self.months]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        since, until, month = values.get("since"), values.get("until"), values.get("month")
        if month and not self.errors:
            whole = Period.month(*map(int, month.split("-")))
            period = Period(
                since or min(whole.first, until or whole.first), until or max(whole.last, since or whole.last)
            )
            if since and until and since > until:
                self.add_error("until", "This day is before the first one.")
            elif (period.last - period.first).days >= LONGEST:
                self.add_error("until", "At most a year can be shown at once.")
            elif period.first.year < 2000 or period.last.year > 2100:
                self.add_error("since" if period.first.year < 2000 else "until", "Choose a day of this century.")
            values["period"] = period
        return values

    @property
    def period(self) -> Period:
        period: Period = self.cleaned_data["period"]
        return period

    @property
    def is_whole_month(self) -> bool:
        return not (self.cleaned_data["since"] or self.cleaned_data["until"])

    def wish(self, *, before: Key | None = None) -> Wish:
        return Wish(self.period, self.cleaned_data["kind"], self.cleaned_data["text"].strip(), before)

    @property
    def query(self) -> dict[str, str]:
        """What of the address is to be kept when a page follows."""
        return {name: value for name in self.fields if (value := self.data.get(name, ""))}

    @property
    def is_filtered(self) -> bool:
        return any(self.data.get(name) for name in ("kind", "text", "since", "until"))

    def neighbour(self, step: int) -> str:
        """The month after (or, with -1, before) the chosen one; "" at the end of the list."""
        place = self.months.index(self.data["month"]) - step
        return self.months[place] if 0 <= place < len(self.months) else ""


def _months(first: date, last: date) -> list[str]:
    """The months of a span, the newest first."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    ends = last.year * 12 + last.month - 1
    return [f"{n // 12}-{n % 12 + 1:02}" for n in range(ends, ends - min(max(count, 1), OLDEST), -1)]


def _first(month: str) -> date:
    return date.fromisoformat(f"{month}-01")
