"""Code that runs inside AWS. Nothing here imports the app; the app copies it into Lambda assets."""
