curl https://aurora.example/v1/images/edits \
  -H "Authorization: Bearer $AURORA_API_KEY" \
  -F image=@apple.png \
  -F mask=@mask.png \
  -F prompt="a yellow star"
