"""PostgreSQL and Valkey from wheels, started where no DATABASE_URL or REDIS_URL is given. Knows no Django."""
