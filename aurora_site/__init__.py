"""The site that binds the apps: settings, URLs, servers, health."""
