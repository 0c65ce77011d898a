"""How the site is run: workers, queues, switches, announcements, letters, jobs and versions."""
