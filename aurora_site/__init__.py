"""The site that binds the apps: settings, URLs, servers, health."""

from aurora_site.celery import app as celery_app

__all__ = ["celery_app"]
