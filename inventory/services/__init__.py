"""The verbs of the inventory; each module is one noun."""
