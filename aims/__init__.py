"""The AIMS portal."""

VERSION = "0.1.0"
