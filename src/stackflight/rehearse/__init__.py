"""World -> events in virtual time: a simulated CloudFormation, and what one learns from running it."""
