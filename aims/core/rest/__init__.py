"""The API's ground: who acts, what the verb table says, pages, and problem+json (RFC 9457)."""
