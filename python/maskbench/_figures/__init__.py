"""Pictures of records. scripts/figures draws with the same files, which it finds by their path."""
