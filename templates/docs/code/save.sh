curl -s https://aurora.example/v1/images/generations \
  -H "Authorization: Bearer $AURORA_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"prompt": "a blue house", "response_format": "b64_json", "seed": 7}' \
  | sed 's/.*"b64_json": "\([^"]*\)".*/\1/' | base64 -d > house.png
