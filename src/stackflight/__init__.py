"""Decides before anything is created whether a CloudFormation or CDK deployment can succeed."""


def __getattr__(name: str) -> str:
    if name == "__version__":
        from importlib.metadata import version

        return version("stackflight")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
