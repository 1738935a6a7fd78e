"""A CDK app that deploys LibreChat on AWS: settings in, a cloud assembly out.

`python -m librechat_aws presets --json` lists the presets, `python -m librechat_aws synth PRESET --out DIR`
writes a cloud assembly. Neither needs credentials or a network.
"""
