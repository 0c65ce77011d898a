"""A closed world of captioned scenes with their ground truth: what the model is trained on and judged by."""
