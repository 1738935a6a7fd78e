"""Facts about AWS that age. Every module says where they come from and of which day they are."""
