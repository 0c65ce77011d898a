"""The plans side by side, for everybody."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from billing import prices
from billing.plans import FREE, PLANS, Plan
from generation import catalog
from generation.pages import words
from generation.services import room


@dataclass(frozen=True)
class Offer:
    """A plan in words."""

    plan: Plan

    @property
    def price(self) -> str:
        per = " a seat" if self.plan.per_seat else ""
        return f"{words.dollars(self.plan.monthly_micros)}{per} a month"

    @property
    def modes(self) -> str:
        return ", ".join(mode.label for mode in catalog.MODES.values() if mode.name in self.plan.modes)

    @property
    def days(self) -> list[str]:
        """Pictures a day of each mode that has any."""
        modes = [mode for mode in catalog.MODES.values() if self.plan.daily.get(mode.name)]
        return [f"{self.plan.daily[mode.name]:,} {mode.label}" for mode in modes]

    @property
    def members(self) -> str:
        if self.plan.per_seat:
            return "As many as there are seats"
        return "1" if self.plan.members == 1 else f"Up to {self.plan.members}"

    @property
    def storage(self) -> str:
        return room.words(self.plan.storage) + (" a seat" if self.plan.per_seat else "")

    @property
    def share(self) -> str:
        times = self.plan.weight // FREE.weight
        return "A fair share" if times == 1 else f"{times} times the share of {FREE.label}"


@dataclass(frozen=True)
class ModeFacts:
    """A mode in words."""

    mode: catalog.Mode
    price_micros: int

    @property
    def sizes(self) -> str:
        return ", ".join(words.size(size) for size in self.mode.sizes)

    @property
    def price(self) -> str:
        return words.dollars(self.price_micros)


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    listed = prices.listed()
    context = {
        "offers": [Offer(plan) for plan in PLANS.values()],
        "modes": [ModeFacts(mode, listed[mode.name]) for mode in catalog.MODES.values()],
    }
    return render(request, "pages/plans.html", context)
