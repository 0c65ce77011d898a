"""For the staff panel: parts that may not be there."""

from typing import Any

from django import template
from django.template import Context, TemplateDoesNotExist

register = template.Library()


@register.simple_tag(takes_context=True)
def part_if_there(context: Context, name: str) -> Any:
    """As `include`, and nothing where there is no such template."""
    try:
        part = context.template.engine.get_template(name)  # type: ignore[union-attr]
    except TemplateDoesNotExist:
        return ""
    return part.render(context)
