"""What remains when processes are killed in the middle of their work, and what comes of it afterwards."""
