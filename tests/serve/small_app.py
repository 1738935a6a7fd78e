"""A small CDK app: `python small_app.py OUT` writes three stacks; `fifo` replaces the queues, `larger` changes the functions."""

from __future__ import annotations

import sys
from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_lambda, aws_sqs


class Small(cdk.Stack):
    """A queue, and a function whose code is an asset."""

    def __init__(self, scope: cdk.App, name: str, code: Path, flags: list[str]) -> None:
        super().__init__(scope, name, env=cdk.Environment(account="123456789012", region="us-east-1"))
        queue = aws_sqs.Queue(self, "Queue", fifo=True if "fifo" in flags else None)
        aws_lambda.Function(
            self,
            "Function",
            runtime=aws_lambda.Runtime.PYTHON_3_12,
            handler="index.handler",
            memory_size=256 if "larger" in flags else 128,
            code=aws_lambda.Code.from_asset(str(code)),
            environment={"QUEUE": queue.queue_url},
        )
        cdk.CfnOutput(self, "QueueUrl", value=queue.queue_url)


def main(out: Path, flags: list[str]) -> None:
    """Write the assembly."""
    code = out.parent / "code"
    code.mkdir(exist_ok=True)
    (code / "index.py").write_text("def handler(event, context):\n    return 'ok'\n")
    app = cdk.App(outdir=str(out), analytics_reporting=False)
    for name in ("Small", "Broken", "Stuck"):
        Small(app, name, code, flags)
    app.synth()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
