"""The developer console: what the API is asked, and what it answers."""
