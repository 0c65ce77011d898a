"""Money for staff: the books, what proves them, and what may be changed of them."""
