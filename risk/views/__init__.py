"""Pages of risk and impact assessment."""
