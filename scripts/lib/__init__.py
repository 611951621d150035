"""What several scripts share; scripts/ itself holds commands alone."""
