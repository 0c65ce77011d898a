"""What runs inside the worker: the engine that draws, and the previews of what it has drawn so far."""
