"""The price list, in micro-dollars (1 USD = 1,000,000): video prices will not be whole cents."""

MICROS_PER_DOLLAR = 1_000_000

IMAGE_MICROS = 70_000
"""One delivered image over the API: $0.07, whatever the mode."""

WELCOME_MICROS = 25 * MICROS_PER_DOLLAR
"""Given once to a workspace, with its first API key."""
