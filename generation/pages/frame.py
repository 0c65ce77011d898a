"""Renders a page of the studio with what its frame needs."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from generation.pages.prompts import STARTERS
from generation.pages.typed import PageRequest


def studio(
    request: PageRequest, template: str, context: dict[str, Any], *, place: str, status: int = 200
) -> HttpResponse:
    """`place` is the entry of the rail that is lit: "create", "gallery" or none of them."""
    frame = {"place": place, "prompts": STARTERS}
    return render(request, template, frame | context, status=status)
