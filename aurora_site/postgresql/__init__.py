"""Django's PostgreSQL backend with the second lock of tenancy in it (docs/decisions/0013)."""
