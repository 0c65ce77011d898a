import os
from pathlib import Path

from openai import OpenAI

client = OpenAI(base_url="https://aurora.example/v1", api_key=os.environ["AURORA_API_KEY"])
made = client.images.edit(image=Path("apple.png"), mask=Path("mask.png"), prompt="a yellow star")
print(made.data[0].url)
