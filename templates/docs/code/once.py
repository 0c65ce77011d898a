import os

from openai import OpenAI

client = OpenAI(base_url="https://aurora.example/v1", api_key=os.environ["AURORA_API_KEY"])
for _ in range(2):  # drawn once, paid once
    made = client.images.generate(prompt="a red apple", extra_headers={"Idempotency-Key": "order-1234"})
    print(made.data[0].seed)
