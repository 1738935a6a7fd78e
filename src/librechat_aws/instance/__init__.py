"""What an EC2 instance runs when it first starts: a rendered header of values, and `setup.sh` after it."""
