"""The model, pure PyTorch: an image tokenizer and a sparse autoregressive transformer over text and image tokens."""
