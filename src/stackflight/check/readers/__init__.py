"""What several rooms read of a world: roles, policies, code of custom resources, start scripts."""
