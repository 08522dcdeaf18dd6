"""The inventory on its way out: each format is a pure function from the register to a document."""
