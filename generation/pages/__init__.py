"""Views and forms for the browser. They call services and know no API."""
