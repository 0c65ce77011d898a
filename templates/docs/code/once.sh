curl https://aurora.example/v1/images/generations \
  -H "Authorization: Bearer $AURORA_API_KEY" \
  -H "Content-Type: application/json" \
  -H "Idempotency-Key: order-1234-curl" \
  -d '{"prompt": "a red apple"}'
