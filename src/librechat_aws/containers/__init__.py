"""Scripts that run in the application's own images before the application: they fetch its configuration."""
