"""Reads files that describe AI systems: spreadsheets, CycloneDX, SPDX and Hugging Face cards.

Knows nothing of the database. `sandbox.parse_in_subprocess` is the way in for files that people upload.
"""
