curl https://aurora.example/v1/images/generations \
  -H "Authorization: Bearer $AURORA_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"prompt": "a green hill", "aspect_ratio": "16:9", "n": 2}'
