"""`python -m stackflight` is the command `stackflight`."""

from stackflight.cli.start import run

if __name__ == "__main__":
    run()
