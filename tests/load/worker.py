"""A model worker as `manage.py up` starts one, but with the model that answers at once."""

import os
import sys

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aurora_site.settings")
    django.setup()
    from aurora_site.celery import app
    from generation.serving import host
    from tests.load.stored import Stored

    vars(host)["load_model"] = lambda setting: Stored()
    app.worker_main(["worker", "--pool", "solo", "--queues", "gpu", "--loglevel", "WARNING", *sys.argv[1:]])


if __name__ == "__main__":
    main()
