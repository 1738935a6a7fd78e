"""What stackflight tells people and machines: reports in, text out; nothing is computed here."""
