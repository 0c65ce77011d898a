import base64
import os
from pathlib import Path

from openai import OpenAI

client = OpenAI(base_url="https://aurora.example/v1", api_key=os.environ["AURORA_API_KEY"])
made = client.images.generate(
    prompt="a blue house",
    response_format="b64_json",
    output_format="webp",
    extra_body={"seed": 7},  # what OpenAI's client does not know goes here
)
Path("house.webp").write_bytes(base64.b64decode(made.data[0].b64_json))
