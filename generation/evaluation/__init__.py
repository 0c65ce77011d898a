"""AuroraBench: what was asked for, what is seen in the picture, and how often the two agree."""
