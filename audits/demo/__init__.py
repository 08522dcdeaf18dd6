"""The two sample organizations: invented, marked as sample, built through the services."""
