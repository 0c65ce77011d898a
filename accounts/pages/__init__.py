"""The pages about people and workspaces: `/account/…` for oneself, `/w/<slug>/…` for a workspace's settings."""
