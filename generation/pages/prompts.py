"""Prompts to start from: they use words that the shipped model has seen."""

STARTERS = (
    "a red apple on the left on green grass under a blue sky",
    "a sailboat on the sea under a sunset sky",
    "a dog on the left and a balloon on the right",
)
