import os

from openai import OpenAI

client = OpenAI(base_url="https://aurora.example/v1", api_key=os.environ["AURORA_API_KEY"])
made = client.images.generate(prompt="a red apple", size="512x512")
print(made.data[0].url)
