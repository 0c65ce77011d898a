"""What the site bears: a site whose model answers at once, and what is sent to it. Nothing here runs in `make test`."""
