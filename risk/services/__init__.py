"""The verbs of risk and impact assessment; each module is one noun."""
