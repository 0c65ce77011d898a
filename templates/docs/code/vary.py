import os
from pathlib import Path

from openai import OpenAI

client = OpenAI(base_url="https://aurora.example/v1", api_key=os.environ["AURORA_API_KEY"])
made = client.images.create_variation(
    image=Path("apple.png"), extra_body={"prompt": "a red apple", "strength": "strong"}
)
print(made.data[0].url)
