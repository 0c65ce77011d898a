"""`{{ micros|dollars }}`: an amount as people read it."""

from django import template

from billing import amounts

register = template.Library()
register.filter("dollars", amounts.dollars)
