"""Recipes that train the tokenizer and the transformer, resume where they stopped, and export their weights."""
