"""What a deployment is about to do, judged before it does it."""
