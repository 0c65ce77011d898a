#!/usr/bin/env python3
"""Django's command line for Aurora."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aurora_site.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError
    from redis.exceptions import ConnectionError as RedisConnectionError

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(str(error))
    except (OperationalError, RedisConnectionError) as error:
        sys.exit(_not_reached(error))


def _not_reached(error: Exception) -> str:
    """One sentence instead of a traceback: most likely nothing is running yet."""
    from django.conf import settings

    embedded = settings.EMBEDDED_DATABASE if "redis" not in type(error).__module__ else settings.EMBEDDED_REDIS
    if embedded and not settings.AURORA_LAYOUT.sockets.joinpath(".s.PGSQL.5432").exists():
        return "Aurora's servers are not running: start them with `make run` in another terminal, then repeat this."
    return f"A server cannot be reached: {str(error).strip().splitlines()[0]}"


if __name__ == "__main__":
    main()
