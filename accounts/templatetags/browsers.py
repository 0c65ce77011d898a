"""Names of browsers as people know them."""

import re

from django import template

register = template.Library()
# In this order: most browsers also claim to be those further down.
BROWSERS = {"Edge": r"Edg/", "Opera": r"OPR/", "Samsung Internet": r"SamsungBrowser", "Firefox": r"Firefox|FxiOS",
            "Chrome": r"Chrome|CriOS", "Safari": r"Safari"}  # fmt: skip
SYSTEMS = {"iPhone": r"iPhone", "iPad": r"iPad", "Android": r"Android", "Windows": r"Windows", "Mac": r"Macintosh",
           "Linux": r"Linux"}  # fmt: skip


@register.filter
def browser(user_agent: str) -> str:
    """ "Firefox on Windows", of what the browser says about itself; the raw words where nothing is known."""
    name, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    if name and system:
        return f"{name} on {system}"
    return name or user_agent[:80] or "An unknown browser"


def _first(table: dict[str, str], text: str) -> str:
    return next((name for name, pattern in table.items() if re.search(pattern, text)), "")
