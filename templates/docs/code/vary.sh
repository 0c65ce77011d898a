curl https://aurora.example/v1/images/variations \
  -H "Authorization: Bearer $AURORA_API_KEY" \
  -F image=@apple.png \
  -F prompt="a red apple" \
  -F strength=strong
