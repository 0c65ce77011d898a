"""The price list, in micro-dollars (1 USD = 1,000,000): video prices will not be whole cents."""

MICROS_PER_DOLLAR = 1_000_000

IMAGE_MICROS = 70_000
"""One delivered image over the API: $0.07."""

PRO_IMAGE_MICROS = 140_000
"""One delivered image in mode Pro over the API: $0.14."""

WELCOME_MICROS = 25 * MICROS_PER_DOLLAR
"""Given once to a workspace, with its first API key."""
