class LaunchError(Exception):
    """Something a person can put right; its text is shown without a traceback."""
