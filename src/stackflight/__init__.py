"""Decides before anything is created whether a CloudFormation or CDK deployment can succeed."""
