import os

import openai

client = openai.OpenAI(base_url="https://aurora.example/v1", api_key=os.environ["AURORA_API_KEY"])
try:
    client.images.generate(prompt="a red apple", size="7x7")
except openai.BadRequestError as error:
    print(error.code, error.param, error.request_id)
except openai.RateLimitError as error:
    if error.type == "insufficient_quota":
        print("Out of credit: waiting does not help.")
    else:
        print("Too fast, and two more tries did not help.")
except openai.APIStatusError as error:
    print(error.status_code, error.message)
