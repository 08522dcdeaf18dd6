"""`./portal bench`: the portal's speed, measured against its goals on data of its own."""
