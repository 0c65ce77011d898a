curl https://aurora.example/v1/batches \
  -H "Authorization: Bearer $AURORA_API_KEY" \
  -F file=@batch.jsonl
