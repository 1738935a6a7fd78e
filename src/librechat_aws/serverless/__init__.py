"""What runs in a web function around LibreChat, and how the package of both is made."""
