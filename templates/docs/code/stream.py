import base64
import os
from pathlib import Path

from openai import OpenAI

client = OpenAI(base_url="https://aurora.example/v1", api_key=os.environ["AURORA_API_KEY"])
for event in client.images.generate(prompt="a red apple", stream=True, partial_images=2):
    if event.type == "image_generation.partial_image":
        name = f"apple-{event.partial_image_index}.png"
    else:
        name = "apple-done.png"
    Path(name).write_bytes(base64.b64decode(event.b64_json))
