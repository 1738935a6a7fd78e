"""The simulated cloud behind CloudFormation's wire protocol, on loopback: what AWS's own clients can talk to."""
