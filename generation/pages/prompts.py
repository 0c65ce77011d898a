"""Prompts to start from: they use words that the shipped model has seen."""

STARTERS = (
    "a red apple on the left on green grass",
    "a sailboat on the sea under a sunset sky",
    "a dog and a balloon under a blue sky",
)
