"""What is allowed here: rules, the moderator that reads prompts and pictures by them, and what people decide."""
