"""Where a picture comes from, told by its file: signed content credentials (C2PA) and an XMP note for catalogs."""
