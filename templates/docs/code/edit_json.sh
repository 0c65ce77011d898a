printf '{"prompt": "a yellow star", "image": {"url": "data:image/png;base64,%s"}}' "$(base64 -w 0 apple.png)" \
  | curl https://aurora.example/v1/images/edits \
      -H "Authorization: Bearer $AURORA_API_KEY" \
      -H "Content-Type: application/json" \
      -d @-
