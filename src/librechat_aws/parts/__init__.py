"""Constructs of the deployment, one capability per file; `librechat_aws.stack` is their table of contents."""
