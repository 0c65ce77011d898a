"""The pages about plans and money."""
