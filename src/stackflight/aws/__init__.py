"""The ports over AWS: boto3 behind them, loaded only where something is deployed or watched."""
