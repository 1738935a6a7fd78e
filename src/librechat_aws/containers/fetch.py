"""Copies objects of one bucket to files: FETCH_FILES is "key=path key=path". Runs in rag_api's image."""

import os
from pathlib import Path

import boto3
from botocore.config import Config

s3 = boto3.client("s3", config=Config(retries={"max_attempts": 8, "mode": "standard"}))
for pair in os.environ["FETCH_FILES"].split():
    key, path = pair.split("=")
    Path(path).write_bytes(s3.get_object(Bucket=os.environ["FETCH_BUCKET"], Key=key)["Body"].read())
    Path(path).chmod(0o644)
    os.write(1, f"fetched {path}\n".encode())
