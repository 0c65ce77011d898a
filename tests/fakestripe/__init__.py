"""Stripe without the internet: its API, its hosted pages, its clock and its webhooks, in one small process."""
