"""The network and its zones."""
