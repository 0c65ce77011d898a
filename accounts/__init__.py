"""Users, workspaces (the tenants), memberships and API keys."""
