"""The web server in a container: the same command as `./portal run` starts."""

import os

from aims import configuration
from aims.launch import run

if __name__ == "__main__":
    command = run.web_command(configuration.load())
    os.execv(command[0], command)
